/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench/simulation.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Command line of the generator. */

struct arguments {
    const char *workload, *output, *truth;
    struct settings settings;
    uint32_t snaplen; /* 0: the workload's */
    bool microseconds;
};

static const char usage_text[] =
    "usage: generate WORKLOAD -o FILE [options]\n"
    "Makes a capture whose truth is known, the same octets for the same arguments on every machine.\n"
    "WORKLOAD: web, bulk, flood or long (bench/README.md says what they are)\n"
    "  -o, --output FILE        pcap file to write\n"
    "      --truth FILE         what each connection shows, as tab-separated values\n"
    "      --seed N             another capture of the same kind (1)\n"
    "      --connections N      how many connections\n"
    "      --rate N             new connections a second\n"
    "      --loss PER_MILLION   data segments lost beyond the capture point\n"
    "      --ipv6 PERCENT       share of connections over IPv6 (0)\n"
    "      --plain              nothing goes wrong but losses of data\n"
    "      --snaplen OCTETS     captured of each frame\n"
    "      --microseconds       time stamps in microseconds, not nanoseconds\n";

enum {
    OPTION_TRUTH = 256,
    OPTION_SEED,
    OPTION_CONNECTIONS,
    OPTION_RATE,
    OPTION_LOSS,
    OPTION_IPV6,
    OPTION_PLAIN,
    OPTION_SNAPLEN,
    OPTION_MICROSECONDS,
    OPTION_HELP
};

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'},
    {"truth", required_argument, NULL, OPTION_TRUTH},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"rate", required_argument, NULL, OPTION_RATE},
    {"loss", required_argument, NULL, OPTION_LOSS},
    {"ipv6", required_argument, NULL, OPTION_IPV6},
    {"plain", no_argument, NULL, OPTION_PLAIN},
    {"snaplen", required_argument, NULL, OPTION_SNAPLEN},
    {"microseconds", no_argument, NULL, OPTION_MICROSECONDS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static void usage(const char *problem, const char *what) {
    if (problem != NULL)
        fprintf(stderr, "generate: %s: %s\n", problem, what);
    fputs(usage_text, problem != NULL ? stderr : stdout);
    exit(problem != NULL ? 2 : 0);
}

static uint32_t number(const char *text, uint32_t minimum, uint32_t maximum) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value < minimum || value > maximum)
        usage("not a number in range", text);
    return (uint32_t)value;
}

static void take_option(struct arguments *arguments, int option) {
    struct settings *settings = &arguments->settings;
    switch (option) {
    case 'o':
        arguments->output = optarg;
        break;
    case OPTION_TRUTH:
        arguments->truth = optarg;
        break;
    case OPTION_SEED:
        settings->seed = number(optarg, 0, UINT32_MAX);
        break;
    case OPTION_CONNECTIONS:
        settings->connections = number(optarg, 1, 16000000);
        break;
    case OPTION_RATE:
        settings->rate = number(optarg, 1, 10000000);
        break;
    case OPTION_LOSS:
        settings->loss_per_million = number(optarg, 0, 200000);
        break;
    case OPTION_IPV6:
        settings->ipv6_percent = number(optarg, 0, 100);
        break;
    case OPTION_PLAIN:
        settings->plain = true;
        break;
    case OPTION_SNAPLEN:
        arguments->snaplen = number(optarg, 54, 65535);
        break;
    case OPTION_MICROSECONDS:
        arguments->microseconds = true;
        break;
    case OPTION_HELP:
        usage(NULL, NULL);
        break;
    default:
        exit(2);
    }
}

/* The workload comes first, so that its defaults are there before options change them. */
static const struct workload *parse(struct arguments *arguments, int argc, char **argv) {
    if (argc < 2 || strcmp(argv[1], "--help") == 0)
        usage(argc < 2 ? "missing" : NULL, "WORKLOAD");
    const struct workload *workload = workload_find(argv[1]);
    if (workload == NULL)
        usage("unknown workload", argv[1]);
    arguments->settings = workload->defaults;
    arguments->settings.seed = 1;
    optind = 2;
    int option;
    while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1)
        take_option(arguments, option);
    if (optind < argc)
        usage("too many operands", argv[optind]);
    if (arguments->output == NULL)
        usage("missing", "--output FILE");
    if (arguments->snaplen == 0)
        arguments->snaplen = workload->snaplen;
    return workload;
}

static int fail(const char *path) {
    fprintf(stderr, "generate: %s: %s\n", path, strerror(errno));
    return 2;
}

static void print_totals(const struct simulation *simulation, uint64_t frames, uint64_t bytes) {
    double seconds = (double)simulation->last_frame / 1e9;
    double connections = simulation->started;
    fprintf(
        stderr,
        "generate: %" PRIu32 " connections, %" PRIu64 " frames (%.1f each), %" PRIu64 " bytes, %.1f s; "
        "%.3f s each from first frame to last, %.0f of them at a time; %.2f %% of %" PRIu64 " data segments repeated\n",
        simulation->started, frames, (double)frames / connections, bytes, seconds,
        (double)simulation->lifetimes / 1e9 / connections,
        (double)simulation->lifetimes / 1e9 / connections * simulation->settings.rate,
        100.0 * (double)simulation->data_repeated / (double)(simulation->data_segments + 1), simulation->data_segments);
}

int main(int argc, char **argv) {
    struct arguments arguments = {0};
    struct savefile output;
    struct simulation simulation = {.workload = parse(&arguments, argc, argv), .output = &output};
    simulation.settings = arguments.settings;
    simulation.random.state = random_scatter(arguments.settings.seed + 1);

    if (!savefile_open(&output, arguments.output, arguments.snaplen, !arguments.microseconds))
        return fail(arguments.output);
    if (arguments.truth != NULL) {
        simulation.truth = fopen(arguments.truth, "w");
        if (simulation.truth == NULL)
            return fail(arguments.truth);
        truth_header(simulation.truth);
    }
    bool done = simulation_run(&simulation);
    uint64_t frames = output.frames, bytes = output.bytes;
    if (!savefile_close(&output) || !done)
        return fail(arguments.output);
    if (simulation.truth != NULL && fclose(simulation.truth) != 0)
        return fail(arguments.truth);
    simulation_free(&simulation);
    print_totals(&simulation, frames, bytes);
    if (simulation.unexpected != 0) {
        fprintf(stderr, "generate: %" PRIu32 " segments or ends were not as planned\n", simulation.unexpected);
        return 1;
    }
    return 0;
}
