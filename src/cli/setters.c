/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/setters.h"

#include "base/nearest.h"
#include "capture/live.h"
#include "check/policy.h"
#include "check/writer.h"
#include "cli/complain.h"
#include "cli/operands.h"
#include "cli/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 64 }; /* longer than any id, group or severity */

static void *member_of(const struct setting *setting) {
    return (char *)setting->options + setting->row->offset;
}

static bool bad_value(const struct setting *setting, const char *wanted) {
    complain("%s: '%s' is not %s", setting->where, setting->argument, wanted);
    return false;
}

/* --- plain members --- */

bool set_nothing(const struct setting *setting) {
    (void)setting;
    return true;
}

bool set_switch(const struct setting *setting) {
    *(bool *)member_of(setting) = true;
    return true;
}

bool set_value(const struct setting *setting) {
    *(int *)member_of(setting) = setting->row->value;
    return true;
}

bool set_text(const struct setting *setting) {
    if (*setting->argument == '\0') {
        complain("%s: '' is no name of a %s", setting->where,
                 strcmp(setting->row->argument, "USER") == 0 ? "user" : "file");
        return false;
    }
    *(const char **)member_of(setting) = setting->argument;
    return true;
}

bool set_choice(const struct setting *setting) {
    const char *const *choices = setting->row->choices;
    char wanted[128] = "one of";

    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(setting->argument, choices[i]) == 0) {
            *(int *)member_of(setting) = i;
            return true;
        }
        strncat(wanted, i > 0 ? ", " : " ", sizeof wanted - strlen(wanted) - 1);
        strncat(wanted, choices[i], sizeof wanted - strlen(wanted) - 1);
    }
    return bad_value(setting, wanted);
}

static bool read_count(const struct setting *setting, uint64_t *value) {
    if (!value_count(setting->argument, value)) {
        if (strspn(setting->argument, "0123456789") == strlen(setting->argument) && *setting->argument != '\0')
            return bad_value(setting, "below 18446744073709551616");
        return bad_value(setting, setting->row->value > 0 ? "a number from 1 up" : "a number from 0 up");
    }
    if (*value < (uint64_t)setting->row->value)
        return bad_value(setting, "a number from 1 up");
    return true;
}

bool set_limit(const struct setting *setting) {
    setting->options->report.limited = true;
    return read_count(setting, member_of(setting));
}

bool set_number(const struct setting *setting) {
    return read_count(setting, member_of(setting));
}

bool set_number_once(const struct setting *setting) {
    if (*(uint64_t *)member_of(setting) != 0) {
        complain("%s is given twice; it has one value", setting->where);
        return false;
    }
    return read_count(setting, member_of(setting));
}

bool set_COUNT(const struct setting *setting) {
    uint64_t value;

    if (!read_count(setting, &value))
        return false;
    if (value > UINT32_MAX)
        return bad_value(setting, "below 4294967296");
    *(uint32_t *)member_of(setting) = (uint32_t)value;
    return true;
}

bool set_SIZE(const struct setting *setting) {
    uint64_t value;

    if (!value_size(setting->argument, &value) || value == 0)
        return bad_value(setting, "a number of bytes, such as 500M or 2G");
    if (value < (uint64_t)setting->row->value) {
        complain("%s: '%s' is too little; the least is %d bytes", setting->where, setting->argument,
                 setting->row->value);
        return false;
    }
    *(uint64_t *)member_of(setting) = value;
    return true;
}

bool set_SECONDS(const struct setting *setting) {
    int64_t value;

    if (!value_seconds(setting->argument, &value)) {
        size_t digits = strspn(setting->argument, "0123456789.");
        return bad_value(setting, digits > 9 && setting->argument[digits] == '\0'
                                      ? "a number of seconds with at most nine digits before and behind the point"
                                      : "a number of seconds, such as 30 or 0.5");
    }
    if (value == 0 && setting->row->value > 0)
        return bad_value(setting, "above 0");
    *(int64_t *)member_of(setting) = value;
    return true;
}

bool set_census(const struct setting *setting) {
    struct census_settings *census = &setting->options->report.census;

    census->wanted = true;
    if (setting->argument == NULL)
        return true;
    if (!value_seconds(setting->argument, &census->interval) || census->interval == 0)
        return bad_value(setting, "a number of seconds above 0, such as 10 or 0.5");
    return true;
}

/* A moment, from the first frame or, if absolute, from 1970. */
static bool set_moment(const struct setting *setting, bool *absolute, int64_t *time) {
    *absolute = !value_seconds(setting->argument, time);
    if (*absolute && !value_timestamp(setting->argument, time))
        return bad_value(setting, "a number of seconds from the first frame, or like 2026-01-31T12:00:00.5Z");
    return true;
}

bool set_at(const struct setting *setting) {
    struct census_settings *census = &setting->options->report.census;

    census->at_given = true;
    return set_moment(setting, &census->at_absolute, &census->at);
}

bool set_end_time(const struct setting *setting) {
    struct run_moment *end = &setting->options->end;

    end->given = true;
    return set_moment(setting, &end->absolute, &end->time);
}

/* --- names that other layers know --- */

bool set_format(const struct setting *setting) {
    char wanted[128] = "one of";

    for (int i = 0; i < REPORT_FORMATS; i++) {
        strncat(wanted, i > 0 ? ", " : " ", sizeof wanted - strlen(wanted) - 1);
        strncat(wanted, report_format_name((enum report_format)i), sizeof wanted - strlen(wanted) - 1);
    }
    return report_format_from_name(setting->argument, member_of(setting)) || bad_value(setting, wanted);
}

bool set_plain_format(const struct setting *setting) {
    enum report_format *format = member_of(setting);

    return (report_format_from_name(setting->argument, format) && *format <= REPORT_JSON) ||
           bad_value(setting, "text or json");
}

bool set_profile(const struct setting *setting) {
    char wanted[128] = "one of";

    for (int i = 0; i < PROFILES; i++) {
        strncat(wanted, i > 0 ? ", " : " ", sizeof wanted - strlen(wanted) - 1);
        strncat(wanted, profile_name((enum profile)i), sizeof wanted - strlen(wanted) - 1);
    }
    return profile_from_name(setting->argument, member_of(setting)) || bad_value(setting, wanted);
}

/* --- input --- */

/* The number of an interface stands for its name where none is called so. Owned by the caller; NULL after a complaint.
 */
static char *interface_name(const struct setting *setting) {
    char name[LIVE_NAME_SIZE];
    struct message error;
    uint64_t number;

    if (!value_count(setting->argument, &number) || live_is_there(setting->argument)) {
        name[0] = '\0';
    } else if (!live_numbered(number, name, &error)) {
        complain("%s %s: %s", setting->where, setting->argument, error.text);
        return NULL;
    }
    char *copy = strdup(*name != '\0' ? name : setting->argument);
    if (copy == NULL)
        complain("out of memory");
    return copy;
}

static bool interface_fits(const struct options *options, const char *name) {
    for (size_t i = 0; i < options->interface_count; i++) {
        const char *given = options->interfaces[i];

        if (strcmp(given, name) == 0) {
            complain("-i %s is given twice: each of its frames would be seen twice", given);
            return false;
        }
        if (strcmp(given, "any") == 0 || strcmp(name, "any") == 0) {
            complain("-i any takes the frames of all interfaces: no other -i goes with it");
            return false;
        }
    }
    return true;
}

bool set_interface(const struct setting *setting) {
    struct options *options = setting->options;

    if (*setting->argument == '\0')
        return bad_value(setting, "the name of an interface; finwait -D lists them");
    char *name = interface_name(setting);
    if (name == NULL)
        return false;
    if (!interface_fits(options, name)) {
        free(name);
        return false;
    }
    options->interfaces[options->interface_count++] = name;
    return true;
}

bool set_file(const struct setting *setting) {
    if (*setting->argument == '\0')
        return bad_value(setting, "the name of a file");
    setting->options->files[setting->options->file_count++] = setting->argument;
    return true;
}

bool set_filter(const struct setting *setting) {
    return filter_from_words(setting->options, &setting->argument, 1);
}

/* --- choosing findings --- */

static bool severity_from_name(const char *name, enum severity *severity) {
    for (int i = 0; i < SEVERITIES; i++) {
        if (strcmp(name, severity_name((enum severity)i)) == 0) {
            *severity = (enum severity)i;
            return true;
        }
    }
    return false;
}

bool set_least_severity(const struct setting *setting) {
    enum severity severity;

    if (!severity_from_name(setting->argument, &severity))
        return bad_value(setting, "info, notice, warning or error");
    setting->options->report.selection.least = (uint8_t)severity;
    return true;
}

static bool unknown_anomaly(const struct setting *setting, const char *name) {
    struct nearest nearest = nearest_to(name);

    for (unsigned id = 0; id < ANOMALIES; id++) {
        nearest_offer(&nearest, anomaly_row((enum anomaly_id)id)->id);
        nearest_offer(&nearest, anomaly_row((enum anomaly_id)id)->group);
    }
    if (nearest.word != NULL)
        complain("%s: no anomaly or group is called '%s'; did you mean %s?", setting->where, name, nearest.word);
    else
        complain("%s: no anomaly or group is called '%s'; finwait explain lists them", setting->where, name);
    return false;
}

/* Takes the next of the words between commas, without the blanks around it, from *list, which then points behind it,
 * or is NULL after the last. An empty word, or one that is longer than any name, is cut to fit and is no name. */
static void next_word(const char **list, char word[NAME_SIZE]) {
    size_t length = strcspn(*list, ",");
    const char *begin = *list;
    const char *end = begin + length;

    *list = *end == ',' ? end + 1 : NULL;
    while (begin < end && (*begin == ' ' || *begin == '\t'))
        begin++;
    while (end > begin && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    snprintf(word, NAME_SIZE, "%.*s", (int)(end - begin < NAME_SIZE ? end - begin : NAME_SIZE - 1), begin);
}

static bool choose(const struct setting *setting, bool (*choice)(struct selection *selection, const char *name)) {
    const char *list = setting->argument;
    char word[NAME_SIZE];

    while (list != NULL) {
        next_word(&list, word);
        if (!choice(&setting->options->report.selection, word))
            return unknown_anomaly(setting, word);
    }
    return true;
}

bool set_only(const struct setting *setting) {
    return choose(setting, selection_show);
}

bool set_ignore(const struct setting *setting) {
    return choose(setting, selection_hide);
}

bool set_severity(const struct setting *setting) {
    const char *list = setting->argument;
    enum severity severity;
    char word[NAME_SIZE];

    while (list != NULL) {
        next_word(&list, word);
        char *level = strchr(word, '=');
        if (level == NULL) {
            complain("%s: '%s' has no severity; write it as %s=notice", setting->where, word,
                     *word != '\0' ? word : "ID");
            return false;
        }
        *level++ = '\0';
        if (!severity_from_name(level, &severity)) {
            complain("%s: '%s' is not info, notice, warning or error", setting->where, level);
            return false;
        }
        if (!selection_set_severity(&setting->options->report.selection, word, severity))
            return unknown_anomaly(setting, word);
    }
    return true;
}

/* --- what a check demands --- */

bool set_check_format(const struct setting *setting) {
    enum check_format format;

    if (!check_format_from_name(setting->argument, &format))
        return bad_value(setting, "text, tap, github, json or junit");
    setting->options->check_format = (int)format;
    return true;
}

static bool add_to_policy(const struct setting *setting,
                          bool (*add)(json_t *policy, const char *list, struct message *error)) {
    struct message error = {"out of memory"};

    if (setting->options->policy == NULL)
        setting->options->policy = json_object();
    if (setting->options->policy != NULL && add(setting->options->policy, setting->argument, &error))
        return true;
    complain("%s: %s", setting->where, error.text);
    return false;
}

bool set_fail_on(const struct setting *setting) {
    return add_to_policy(setting, policy_forbid);
}

bool set_allow(const struct setting *setting) {
    return add_to_policy(setting, policy_allow);
}

bool set_require(const struct setting *setting) {
    return add_to_policy(setting, policy_require);
}

static bool least_connections(json_t *policy, const char *text, struct message *error) {
    return policy_least_connections(policy, strtoull(text, NULL, 10), error);
}

bool set_min_connections(const struct setting *setting) {
    uint64_t count;

    return read_count(setting, &count) && add_to_policy(setting, least_connections);
}
