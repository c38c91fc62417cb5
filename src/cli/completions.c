/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/completions.h"

#include "check/writer.h"
#include "cli/complain.h"
#include "cli/setters.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    enum command command;
    const char *name;
    const char *help;
} commands[] = {
    {COMMAND_ANALYZE, "analyze", "tell what happened to each TCP connection"},
    {COMMAND_CHECK, "check", "hold captures against what is expected of them"},
    {COMMAND_DIFF, "diff", "compare two captures"},
    {COMMAND_EXPLAIN, "explain", "explain anomalies, states and topics"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

/* --- what can stand as an argument --- */

enum kind { KIND_NONE, KIND_FILE, KIND_INTERFACE, KIND_WORDS, KIND_LIST, KIND_OTHER };

/* In all three shells: what can be watched is known only when the key is pressed. */
#define INTERFACES "finwait -D 2>/dev/null | cut -d \" \" -f 2"

/* A word of an argument; the callee says what becomes of it. */
typedef void word_function(const char *word, void *context);

static void each_severity(word_function *word, void *context) {
    for (int i = 0; i < SEVERITIES; i++)
        word(severity_name((enum severity)i), context);
}

static void each_anomaly(word_function *word, void *context) {
    for (int i = 0; i < ANOMALIES; i++)
        word(anomaly_row((enum anomaly_id)i)->id, context);
    for (int i = 0; i < ANOMALIES; i++) {
        bool first = true;
        for (int k = 0; k < i; k++)
            first =
                first && strcmp(anomaly_row((enum anomaly_id)k)->group, anomaly_row((enum anomaly_id)i)->group) != 0;
        if (first)
            word(anomaly_row((enum anomaly_id)i)->group, context);
    }
}

static void each_name(const struct option_row *row, word_function *word, void *context) {
    int formats = row->set == set_format ? REPORT_FORMATS : row->set == set_plain_format ? REPORT_JSON + 1 : 0;
    for (int i = 0; i < formats; i++)
        word(report_format_name((enum report_format)i), context);
    for (int i = 0; row->set == set_check_format && i < CHECK_FORMATS; i++)
        word(check_writer((enum check_format)i)->name, context);
    for (int i = 0; row->set == set_profile && i < PROFILES; i++)
        word(profile_name((enum profile)i), context);
    for (size_t i = 0; row->choices != NULL && row->choices[i] != NULL; i++)
        word(row->choices[i], context);
}

static bool takes_anomalies(const struct option_row *row) {
    return row->set == set_only || row->set == set_ignore || row->set == set_severity || row->set == set_allow ||
           row->set == set_fail_on;
}

static bool takes_severities(const struct option_row *row) {
    return row->set == set_least_severity || row->set == set_allow || row->set == set_fail_on;
}

static void each_word(const struct option_row *row, word_function *word, void *context) {
    if (takes_anomalies(row))
        each_anomaly(word, context);
    if (takes_severities(row))
        each_severity(word, context);
    each_name(row, word, context);
}

static enum kind kind_of(const struct option_row *row) {
    if (row->argument == NULL || row->argument[0] == '[')
        return KIND_NONE;
    if (strcmp(row->argument, "FILE") == 0)
        return KIND_FILE;
    if (row->set == set_interface)
        return KIND_INTERFACE;
    if (takes_anomalies(row))
        return KIND_LIST;
    bool named = row->set == set_format || row->set == set_plain_format || row->set == set_check_format ||
                 row->set == set_profile || row->set == set_least_severity || row->choices != NULL;
    return named ? KIND_WORDS : KIND_OTHER;
}

static void print_word(const char *word, void *context) {
    bool *first = context;

    printf("%s%s", *first ? "" : " ", word);
    *first = false;
}

static void print_words(const struct option_row *row) {
    bool first = true;

    each_word(row, print_word, &first);
}

/* --- bash --- */

static void print_bash_options(void) {
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("    %s) options='", commands[i].name);
        bool first = true;
        for (size_t k = 0; k < option_count; k++) {
            if (option_table[k].name == NULL || (option_table[k].commands & commands[i].command) == 0)
                continue;
            printf("%s--%s", first ? "" : " ", option_table[k].name);
            first = false;
        }
        puts("' ;;");
    }
}

static void print_bash_arguments(void) {
    /* Where there is no interface, there is still no file to be named. */
    static const char *const actions[] = {
        [KIND_FILE] = "words=files", [KIND_INTERFACE] = "words=\" $(" INTERFACES ")\"", [KIND_OTHER] = "words=nothing"};

    for (size_t i = 0; i < COMMANDS; i++) {
        for (size_t k = 0; k < option_count; k++) {
            const struct option_row *row = &option_table[k];
            enum kind kind = kind_of(row);
            if ((row->commands & commands[i].command) == 0 || kind == KIND_NONE)
                continue;
            if (row->name != NULL)
                printf("    %s:--%s", commands[i].name, row->name);
            if (row->letter != 0)
                printf("%s%s:-%c", row->name != NULL ? "|" : "    ", commands[i].name, row->letter);
            if (kind == KIND_WORDS || kind == KIND_LIST) {
                printf(") list=%s words='", kind == KIND_LIST ? "yes" : "no");
                print_words(row);
                puts("' ;;");
            } else {
                printf(") %s ;;\n", actions[kind]);
            }
        }
    }
}

static void print_bash(void) {
    puts("# bash completion for finwait, made by finwait --completions bash\n"
         "_finwait() {\n"
         "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "    local command=analyze options='' words='' list=no begun=''\n"
         "    if [[ $COMP_CWORD -gt 1 ]]; then\n"
         "        case ${COMP_WORDS[1]} in");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("        %s) command='%s' ;;\n", commands[i].name, commands[i].name);
    puts("        esac\n"
         "    fi\n"
         "    # --option=value comes as three words\n"
         "    if [[ $current == '=' ]]; then\n"
         "        current=''\n"
         "    elif [[ $previous == '=' ]]; then\n"
         "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
         "    fi\n"
         "    case $command in");
    print_bash_options();
    puts("    esac\n"
         "    case $command:$previous in");
    print_bash_arguments();
    puts("    esac\n"
         "    case $words in\n"
         "    files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\") ;;\n"
         "    nothing) COMPREPLY=() ;;\n"
         "    '')\n"
         "        if [[ $current == -* ]]; then\n"
         "            mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$current\")\n"
         "        else\n"
         "            compopt -o filenames\n"
         "            mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "            if [[ $command == explain ]]; then\n"
         "                mapfile -t COMPREPLY < <(compgen -W \"$(finwait --completions names 2>/dev/null)\" -- "
         "\"$current\")\n"
         "            elif [[ $COMP_CWORD -eq 1 ]]; then");
    printf("                mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W '");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("%s%s", i > 0 ? " " : "", commands[i].name);
    puts("' -- \"$current\")\n"
         "            fi\n"
         "        fi ;;\n"
         "    *)\n"
         "        if [[ $list == yes && $current == *,* ]]; then\n"
         "            begun=${current%,*},\n"
         "            current=${current##*,}\n"
         "        fi\n"
         "        mapfile -t COMPREPLY < <(compgen -P \"$begun\" -W \"$words\" -- \"$current\") ;;\n"
         "    esac\n"
         "}\n"
         "complete -F _finwait finwait");
}

/* --- zsh --- */

/* Within single quotes and brackets. */
static void print_zsh_help(const char *help) {
    for (; *help != '\0'; help++) {
        if (*help == '\'')
            fputs("'\\''", stdout);
        else if (strchr("[]:\\", *help) != NULL)
            printf("\\%c", *help);
        else
            putchar(*help);
    }
}

static void print_zsh_option(const char *dashes, const char *name, const struct option_row *row) {
    enum kind kind = kind_of(row);

    printf("            '%s%s%s[", dashes, name, kind == KIND_NONE ? "" : dashes[1] != '\0' ? "=" : "+");
    print_zsh_help(row->help);
    putchar(']');
    if (kind == KIND_FILE)
        fputs(":file:_files", stdout);
    else if (kind == KIND_INTERFACE)
        fputs(":interface:($(" INTERFACES "))", stdout);
    else if (kind == KIND_WORDS || kind == KIND_LIST)
        printf(":%s:%s", row->name, kind == KIND_LIST ? "_sequence compadd - " : "(");
    else if (kind == KIND_OTHER)
        fputs(":argument: ", stdout);
    if (kind == KIND_WORDS || kind == KIND_LIST)
        print_words(row);
    puts(kind == KIND_WORDS ? ")' \\" : "' \\");
}

static void print_zsh(void) {
    puts("#compdef finwait\n"
         "# zsh completion for finwait, made by finwait --completions zsh\n"
         "local command=analyze\n"
         "(( CURRENT > 2 )) && case $words[2] in");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("    (%s) command=%s ;;\n", commands[i].name, commands[i].name);
    puts("esac\n"
         "case $command in");
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("    (%s)\n        _arguments -s \\\n", commands[i].name);
        for (size_t k = 0; k < option_count; k++) {
            const struct option_row *row = &option_table[k];
            const char letter[2] = {row->letter, '\0'};
            if ((row->commands & commands[i].command) == 0)
                continue;
            if (row->letter != 0)
                print_zsh_option("-", letter, row);
            if (row->name != NULL)
                print_zsh_option("--", row->name, row);
        }
        if (commands[i].command == COMMAND_EXPLAIN)
            puts("            '*:name:($(finwait --completions names 2>/dev/null))' ;;");
        else if (commands[i].command == COMMAND_ANALYZE)
            puts("            '1:command or capture:{ compadd analyze check diff explain; _files }' \\\n"
                 "            '*:capture:_files' ;;");
        else
            puts("            '*:capture:_files' ;;");
    }
    puts("esac");
}

/* --- fish --- */

static void print_fish_text(const char *text) {
    putchar('\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('\'');
}

static void print_fish_condition(uint8_t of_commands) {
    bool first = true;

    fputs(" -n '", stdout);
    for (size_t i = 0; i < COMMANDS; i++) {
        if ((of_commands & commands[i].command) == 0)
            continue;
        if (commands[i].command == COMMAND_ANALYZE)
            printf("%snot __fish_seen_subcommand_from check diff explain", first ? "" : "; or ");
        else
            printf("%s__fish_seen_subcommand_from %s", first ? "" : "; or ", commands[i].name);
        first = false;
    }
    putchar('\'');
}

static void print_fish_option(const struct option_row *row) {
    enum kind kind = kind_of(row);

    fputs("complete -c finwait", stdout);
    print_fish_condition(row->commands);
    if (row->letter != 0)
        printf(" -s %c", row->letter);
    if (row->name != NULL)
        printf(" -l %s", row->name);
    if (kind == KIND_FILE)
        fputs(" -r -F", stdout);
    else if (kind != KIND_NONE)
        fputs(" -x", stdout);
    if (kind == KIND_INTERFACE)
        fputs(" -a '(" INTERFACES ")'", stdout);
    if (kind == KIND_WORDS || kind == KIND_LIST) {
        fputs(kind == KIND_LIST ? " -a '(__fish_append , " : " -a '", stdout);
        print_words(row);
        fputs(kind == KIND_LIST ? ")'" : "'", stdout);
    }
    fputs(" -d ", stdout);
    print_fish_text(row->help);
    putchar('\n');
}

static void print_fish(void) {
    puts("# fish completion for finwait, made by finwait --completions fish");
    for (size_t i = 0; i < COMMANDS; i++) {
        printf("complete -c finwait -n __fish_is_first_arg -a %s -d ", commands[i].name);
        print_fish_text(commands[i].help);
        putchar('\n');
    }
    puts("complete -c finwait -n '__fish_seen_subcommand_from explain' -f -a "
         "'(finwait --completions names 2>/dev/null)'");
    for (size_t i = 0; i < option_count; i++)
        print_fish_option(&option_table[i]);
}

/* --- names that can be explained --- */

static void print_line(const char *word, void *context) {
    (void)context;
    puts(word);
}

static void print_names(void) {
    each_anomaly(print_line, NULL);
    for (int state = 0; state < TCP_STATES; state++)
        puts(state_name((enum tcp_state)state));
}

bool set_completions(const struct setting *setting) {
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}, {"names", print_names}};

    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(setting->argument, shells[i].name) != 0)
            continue;
        shells[i].print();
        if (fflush(stdout) == 0)
            return true;
        if (errno != EPIPE)
            complain("standard output: %s", strerror(errno));
        return false;
    }
    complain("%s: '%s' is not bash, zsh or fish", setting->where, setting->argument);
    return false;
}
