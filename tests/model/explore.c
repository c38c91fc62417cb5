/* SPDX-License-Identifier: BSD-3-Clause */
#include "beginnings.h"
#include "belief.h"
#include "runs.h"
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
    APPEAL_LEVELS = 3,
    APPEAL_WORLDS = 1500, /* more at once are too much, but where every appeal is to be decided */
    APPEAL_WORLDS_PATIENTLY = 20000,
    APPEALS_MOST = 2,
    APPEALS_MOST_PATIENTLY = 1000000
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
    bool *taken;              /* shared: which of the subtrees where the work is divided a job has begun */
    unsigned split;           /* such subtrees met */
    uint64_t groups;          /* judged so far */
    uint64_t explained_group; /* number of the group whose explanations are at hand */
    uint8_t explained;        /* how many levels of them */
    unsigned appeals_left;    /* groups that may still be explained: a bound that does not depend on the clock */
    size_t appeal_worlds;     /* more at once are not explored */
    struct futures ends[APPEAL_LEVELS];
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
    explorer->groups++;
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

/* --- appeal: the same observation with more faults --------------------------------------------------------------- */

/* Of every kind of fault as many as the run allows and some more, of all together so many. */
static struct budget richer(const struct budget *budget, uint8_t total) {
    struct budget rich = *budget;
    rich.total = total;
    for (int side = 0; side < PEERS; side++) {
        for (int fault = 0; fault < FAULTS; fault++) {
            rich.left[side][fault] = (uint8_t)(rich.left[side][fault] + APPEAL_LEVELS - 1);
        }
    }
    return rich;
}

/* The fewest faults that one of these worlds took. */
static uint8_t fewest_faults(const struct group *group) {
    uint8_t fewest = group->faults_allowed;
    for (size_t i = 0; i < group->count; i++) {
        uint8_t faults = (uint8_t)(group->faults_allowed - group->worlds[i]->budget.total);
        fewest = faults < fewest ? faults : fewest;
    }
    return fewest;
}

/* The belief after all of the observation. False: too much to explore. */
static bool follow(const struct explorer *explorer, const struct group *group, const struct beginning *beginnings,
                   struct belief *belief, struct futures *ends) {
    struct search search = {group->seen, group->frames};
    for (unsigned frame = 0; frame <= group->frames; frame++) {
        bool ok = belief->count <= explorer->appeal_worlds &&
                  belief_continue(belief, beginnings, &explorer->run->channel, &search, ends);
        belief_free(belief);
        if (!ok || frame == group->frames) {
            return ok;
        }
        ok = belief_after(belief, ends, 0, ends->count);
        futures_free(ends);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* Every end of an execution with this observation, whatever the applications do, with so many more faults than it
 * needs. */
static bool explain(const struct explorer *explorer, const struct group *group, uint8_t more, struct futures *ends) {
    struct budget budget = richer(&explorer->budget, (uint8_t)(fewest_faults(group) + more));
    uint16_t count;
    struct beginning *beginnings =
        beginnings_free(&explorer->run->variety, &explorer->run->channel, group->seen, group->frames, &count);
    struct belief belief;
    bool ok = beginnings != NULL && belief_begin(&belief, beginnings, count, &budget) &&
              follow(explorer, group, beginnings, &belief, ends);
    free(beginnings);
    return ok;
}

static void forget_explanations(struct explorer *explorer) {
    for (uint8_t level = 0; level < APPEAL_LEVELS; level++) {
        futures_free(&explorer->ends[level]);
    }
    explorer->explained = 0;
}

/* A few faults more at a time, as long as it takes. */
static enum answer has_step_beyond(void *context, const struct group *group, unsigned side, const struct step *step) {
    struct explorer *explorer = context;
    if (explorer->explained_group != explorer->groups) {
        if (explorer->appeals_left == 0) {
            return ANSWER_UNKNOWN;
        }
        explorer->appeals_left--;
        forget_explanations(explorer);
        explorer->explained_group = explorer->groups;
    }
    bool explained = false;
    for (uint8_t level = 0; level < APPEAL_LEVELS; level++) {
        struct futures *ends = &explorer->ends[level];
        if (level == explorer->explained) {
            if (!explain(explorer, group, level, ends)) {
                return ANSWER_UNKNOWN;
            }
            explorer->explained++;
        }
        explained = explained || ends->count > 0;
        for (size_t i = 0; i < ends->count; i++) {
            if (step_is_true(&ends->sorted[i]->world.peer[side], step)) {
                return ANSWER_YES;
            }
        }
    }
    return explained ? ANSWER_NO : ANSWER_UNKNOWN;
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

static void explore_part(const struct run *run, const struct options *options, unsigned job, bool *taken,
                         double deadline, struct totals *totals) {
    struct explorer explorer = {.run = run,
                                .totals = totals,
                                .deadline = deadline,
                                .job = job,
                                .taken = taken,
                                .appeals_left = options->appeals ? APPEALS_MOST_PATIENTLY : APPEALS_MOST,
                                .appeal_worlds = options->appeals ? APPEAL_WORLDS_PATIENTLY : APPEAL_WORLDS,
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
    forget_explanations(&explorer);
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
        bool bad = !run->hopes_only && violations_of(sum) > 0;
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
