/* SPDX-License-Identifier: BSD-3-Clause */
#include "appeal.h"
#include "beginnings.h"
#include "belief.h"
#include "show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Explores every execution of the reference pair up to a bound and judges what finwait makes of each observation
 * (README.md here). */

enum {
    SPLIT_DEPTH = 5,
    SUBTREES_MAX = 1 << 20,
    /* worlds that an appeal may visit, and all of a run together; and where every appeal is to be decided */
    EFFORT_EACH = 4000,
    EFFORT = 40000,
    EFFORT_EACH_PATIENTLY = 100000,
    EFFORT_PATIENTLY = 1000000000
};

struct explorer {
    const struct run *run;
    struct beginning *beginnings;
    uint16_t beginning_count;
    struct budget budget;
    struct judge *judge;
    struct totals *totals;
    struct sighting seen[FRAMES_MAX];
    double deadline; /* monotonic seconds; 0: none */
    unsigned job;
    bool *taken;          /* shared: which of the subtrees where the work is divided a job has begun */
    unsigned split;       /* such subtrees met */
    uint64_t effort_left; /* worlds that appeals may still visit: a bound that does not depend on the clock */
    uint64_t effort_each; /* one of them */
    struct appeal appeal;
};

static double monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- one group --------------------------------------------------------------------------------------------------- */

static void judge_worlds(struct explorer *explorer, uint8_t frames, bool midway, const struct world *const *worlds,
                         size_t count) {
    struct group group = {.seen = explorer->seen,
                          .frames = frames,
                          .midway = midway,
                          .worlds = worlds,
                          .count = count,
                          .faults_allowed = explorer->budget.total};
    judge_group(explorer->judge, &group, &explorer->appeal, explorer->totals);
}

static void judge_futures(struct explorer *explorer, uint8_t frames, bool midway, const struct futures *futures,
                          size_t from, size_t count) {
    const struct world **worlds = malloc(count * sizeof *worlds);
    if (worlds == NULL) {
        explorer->totals->out_of_room = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        worlds[i] = &futures->sorted[from + i]->world;
    }
    judge_worlds(explorer, frames, midway, worlds, count);
    free(worlds);
}

/* A few faults more at a time, as long as it takes. */
static enum answer has_step_beyond(void *context, const struct group *group, unsigned side, const struct step *step) {
    struct explorer *explorer = context;
    uint64_t effort = explorer->effort_left < explorer->effort_each ? explorer->effort_left : explorer->effort_each;
    struct explainer explainer = {explorer->run, &explorer->budget, effort};
    enum answer answer = explain(&explainer, group, side, step);
    explorer->effort_left -= effort - explainer.effort;
    return answer;
}

/* --- the tree of observations ------------------------------------------------------------------------------------ */

static void explore(struct explorer *explorer, struct belief *belief, uint8_t depth);

/* Each subtree is taken by the first job that comes to it. */
static bool take_subtree(struct explorer *explorer) {
    unsigned subtree = explorer->split++;
    if (subtree >= SUBTREES_MAX) {
        explorer->totals->out_of_room = true;
        return false;
    }
    return !__atomic_test_and_set(&explorer->taken[subtree], __ATOMIC_RELAXED);
}

static void descend(struct explorer *explorer, const struct futures *futures, size_t from, size_t count,
                    uint8_t depth) {
    if (depth == SPLIT_DEPTH && !take_subtree(explorer)) {
        return;
    }
    explorer->seen[depth - 1] = futures->sorted[from]->seen;
    if (!explorer->run->ends_only && (depth >= SPLIT_DEPTH || explorer->job == 0)) {
        judge_futures(explorer, depth, true, futures, from, count);
    }
    struct belief next;
    if (belief_after(&next, futures, from, count)) {
        explore(explorer, &next, depth);
    } else {
        explorer->totals->out_of_room = true;
    }
}

/* Takes the belief over. */
static void explore(struct explorer *explorer, struct belief *belief, uint8_t depth) {
    struct futures futures;
    bool ok =
        depth < FRAMES_MAX && belief_continue(belief, explorer->beginnings, &explorer->run->channel, NULL, &futures);
    belief_free(belief);
    if (!ok) {
        explorer->totals->out_of_room = true;
        return;
    }
    for (size_t from = 0, count; from < futures.count; from += count) {
        count = futures_alike(&futures, from);
        if (explorer->deadline > 0 && monotonic() > explorer->deadline) {
            explorer->totals->out_of_time = true;
            break;
        }
        bool over = futures.sorted[from]->seen.packet.frame == 0;
        if (!over) {
            descend(explorer, &futures, from, count, (uint8_t)(depth + 1));
        } else if (depth > 0 && (depth >= SPLIT_DEPTH || explorer->job == 0)) {
            judge_futures(explorer, depth, false, &futures, from, count);
        }
    }
    futures_free(&futures);
}

/* --- runs -------------------------------------------------------------------------------------------------------- */

struct options {
    const char *only;     /* names of runs, comma-separated; NULL: those of the kind asked for */
    const char *write_to; /* folder for scenarios; NULL: none are written */
    unsigned bound;       /* of all faults together; 0: as each run says */
    unsigned jobs;
    double seconds; /* 0: no limit */
    bool all;
    bool appeals;   /* whatever is false and left standing is explained anew, however long it takes */
    bool shortened; /* FINWAIT_TEST_DIVISOR: the shortest runs only */
    uint64_t seed;  /* of the initial sequence numbers */
};

/* Whatever no execution of the run has is explained anew, however long it takes. */
static bool is_patient(const struct run *run, const struct options *options) {
    return options->appeals || (options->all && run->decided);
}

static void explore_part(const struct run *run, const struct options *options, unsigned job, bool *taken,
                         double deadline, struct totals *totals) {
    bool patient = is_patient(run, options);
    struct explorer explorer = {.run = run,
                                .totals = totals,
                                .deadline = deadline,
                                .job = job,
                                .taken = taken,
                                .effort_left = patient ? EFFORT_PATIENTLY : EFFORT,
                                .effort_each = patient ? EFFORT_EACH_PATIENTLY : EFFORT_EACH,
                                .judge = judge_new(options->seed)};
    explorer.appeal = (struct appeal){has_step_beyond, &explorer};
    explorer.beginnings = beginnings_make(&run->variety, &explorer.beginning_count);
    explorer.budget = run->budget;
    if (options->bound > 0) {
        explorer.budget.total = (uint8_t)options->bound;
    }
    struct belief belief;
    if (explorer.judge != NULL && explorer.beginnings != NULL &&
        belief_begin(&belief, explorer.beginnings, explorer.beginning_count, &explorer.budget)) {
        explore(&explorer, &belief, 0);
    } else {
        totals->out_of_room = true;
    }
    free(explorer.beginnings);
    judge_free(explorer.judge);
}

static void *shared(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Every part in its own process. */
static bool explore_run(const struct run *run, const struct options *options, double deadline, struct totals *sum) {
    struct totals *parts = shared(options->jobs * sizeof *parts);
    bool *taken = shared(SUBTREES_MAX * sizeof *taken);
    bool ok = parts != NULL && taken != NULL;
    fflush(stdout);
    for (unsigned job = 0; ok && job < options->jobs; job++) {
        pid_t child = fork();
        if (child == 0) {
            explore_part(run, options, job, taken, deadline, &parts[job]);
            _exit(0);
        }
        ok = child > 0;
    }
    int status;
    for (pid_t child; (child = wait(&status)) > 0 || errno == EINTR;) {
        ok = ok && (child < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0));
    }
    for (unsigned job = 0; ok && job < options->jobs; job++) {
        totals_add(sum, &parts[job]);
    }
    if (parts != NULL) {
        munmap(parts, options->jobs * sizeof *parts);
    }
    if (taken != NULL) {
        munmap(taken, SUBTREES_MAX * sizeof *taken);
    }
    return ok;
}

static uint64_t violations_of(const struct totals *totals) {
    uint64_t sum = 0;
    for (int i = 0; i < VIOLATIONS; i++) {
        sum += totals->violations[i];
    }
    return sum;
}

static uint64_t unknowables_of(const struct totals *totals) {
    uint64_t sum = 0;
    for (int i = 0; i < UNKNOWABLES; i++) {
        sum += totals->unknowable[i];
    }
    return sum;
}

static void print_totals(const char *name, const struct totals *totals, double seconds) {
    printf("%s: %llu executions, %llu observations (%llu cut midway), %llu distinct with both paths, %llu violations, "
           "presumed %.2f %% of %llu true steps, %llu unseen; left standing and true only beyond the bound %llu, "
           "undecided %llu, not to be known %llu; %.1f s%s%s\n",
           name, (unsigned long long)totals->executions, (unsigned long long)totals->observations,
           (unsigned long long)totals->midway, (unsigned long long)totals->distinct,
           (unsigned long long)violations_of(totals),
           totals->true_steps == 0 ? 0.0 : 100.0 * (double)totals->presumed / (double)totals->true_steps,
           (unsigned long long)totals->true_steps, (unsigned long long)totals->unseen,
           (unsigned long long)totals->doubtful, (unsigned long long)totals->undecided,
           (unsigned long long)unknowables_of(totals), seconds,
           totals->out_of_time ? ", NOT COMPLETE: out of time" : "",
           totals->out_of_room ? ", NOT COMPLETE: out of room" : "");
}

static void print_witnesses(const struct run *run, const struct totals *totals, const struct options *options) {
    uint16_t count;
    struct beginning *beginnings = beginnings_make(&run->variety, &count);
    for (uint8_t i = 0; i < totals->witnesses && beginnings != NULL; i++) {
        const struct witness *witness = &totals->witness[i];
        show_witness(stdout, witness, &beginnings[witness->beginning]);
        if (options->write_to != NULL) {
            char path[1024];
            snprintf(path, sizeof path, "%s/model-%s-%u.scenario", options->write_to, run->name, i + 1u);
            if (!write_scenario(path, witness, &beginnings[witness->beginning])) {
                fprintf(stderr, "%s: %s\n", path, strerror(errno));
            }
        }
    }
    free(beginnings);
}

static bool is_asked_for(const struct run *run, const struct options *options) {
    if (options->only == NULL) {
        return options->all || (options->shortened ? run->shortest : run->quick);
    }
    size_t length = strlen(run->name);
    const char *at = strstr(options->only, run->name);
    return at != NULL && (at == options->only || at[-1] == ',') && (at[length] == '\0' || at[length] == ',');
}

/* 0: all is well; 1: a violation; 2: not complete. */
static int explore_all(const struct options *options) {
    static struct totals all; /* of the numbers alone: the witnesses belong to their runs */
    struct totals *sum = calloc(1, sizeof *sum);
    double start = monotonic();
    double deadline = options->seconds > 0 ? start + options->seconds : 0;
    bool ok = sum != NULL;
    unsigned failed = 0;
    unsigned passed = 0;
    for (unsigned i = 0; ok && i < run_count; i++) {
        const struct run *run = &runs[i];
        if (!is_asked_for(run, options)) {
            continue;
        }
        memset(sum, 0, sizeof *sum);
        double began = monotonic();
        ok = explore_run(run, options, deadline, sum);
        print_totals(run->name, sum, monotonic() - began);
        bool open = run->decided && is_patient(run, options) && sum->undecided > 0;
        bool bad = open || (!run->hopes_only && violations_of(sum) > 0);
        if (bad) {
            print_witnesses(run, sum, options);
        }
        failed += bad;
        passed += !bad;
        sum->witnesses = 0;
        if (run->hopes_only) {
            printf("  (delays without bound: %llu of %llu observations violated)\n",
                   (unsigned long long)violations_of(sum), (unsigned long long)(sum->observations + sum->midway));
            memset(sum->violations, 0, sizeof sum->violations);
        }
        totals_add(&all, sum);
    }
    free(sum);
    if (!ok) {
        fputs("a part of the exploration died\n", stderr);
        return 2;
    }
    print_totals("all", &all, monotonic() - start);
    for (int i = 0; i < VIOLATIONS; i++) {
        printf("  %-24s %llu\n", violation_names[i], (unsigned long long)all.violations[i]);
    }
    for (int i = 0; i < UNKNOWABLES; i++) {
        printf("  not to be known: %s %llu\n", unknowable_names[i], (unsigned long long)all.unknowable[i]);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0 ? 1 : all.out_of_room ? 2 : 0;
}

static void usage(FILE *out) {
    fputs("usage: explore [--all | --run NAME,...] [--appeals] [--bound FAULTS] [--seconds N] [--jobs N]\n"
          "               [--seed N] [--write FOLDER]\n"
          "       explore --list\n",
          out);
}

static bool parse_number(const char *text, unsigned long most, unsigned long *number) {
    char *rest;
    errno = 0;
    *number = text == NULL ? 0 : strtoul(text, &rest, 10);
    return text != NULL && *text != '\0' && *rest == '\0' && errno == 0 && *number <= most;
}

static bool parse(int argc, char **argv, struct options *options) {
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        unsigned long number = 0;
        if (strcmp(argv[i], "--all") == 0) {
            options->all = true;
            continue;
        }
        if (strcmp(argv[i], "--appeals") == 0) {
            options->appeals = true;
            continue;
        }
        if (strcmp(argv[i], "--run") == 0 && value != NULL) {
            options->only = value;
        } else if (strcmp(argv[i], "--write") == 0 && value != NULL) {
            options->write_to = value;
        } else if (strcmp(argv[i], "--bound") == 0 && parse_number(value, 16, &number)) {
            options->bound = (unsigned)number;
        } else if (strcmp(argv[i], "--jobs") == 0 && parse_number(value, 256, &number) && number > 0) {
            options->jobs = (unsigned)number;
        } else if (strcmp(argv[i], "--seed") == 0 && parse_number(value, UINT32_MAX, &number)) {
            options->seed = number;
        } else if (strcmp(argv[i], "--seconds") == 0 && parse_number(value, 1000000, &number)) {
            options->seconds = (double)number;
        } else {
            return false;
        }
        i++;
    }
    return true;
}

int main(int argc, char **argv) {
    const char *divisor = getenv("FINWAIT_TEST_DIVISOR");
    struct options options = {.jobs = 2, .shortened = divisor != NULL && atoi(divisor) > 1};
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        for (unsigned i = 0; i < run_count; i++) {
            printf("%s%s\n", runs[i].name, runs[i].quick ? " (quick)" : "");
        }
        return 0;
    }
    if (!parse(argc, argv, &options)) {
        usage(stderr);
        return 2;
    }
    return explore_all(&options);
}
