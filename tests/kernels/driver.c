/* Runs one kernel on arguments read from a file and writes its outputs to another; see emulation.py for the format. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct { int32_t min, extent, stride; uint32_t flags; } dimension;
typedef struct {
    uint64_t device;
    void *device_interface;
    uint8_t *host;
    uint64_t flags;
    uint8_t code, bits;
    uint16_t lanes;
    int32_t dimensions;
    dimension *dim;
    void *padding;
} buffer;

int FUNCTION(void **arguments);

/* Halide's runtime expects glibc's name; musl has only this one. */
FILE *fopen64(const char *path, const char *mode) { return fopen(path, mode); }

static FILE *in;

static void take(void *to, size_t size) {
    if (fread(to, 1, size, in) != size) { fprintf(stderr, "the arguments end early\n"); exit(2); }
}

static void on_error(void *context, const char *text) { fprintf(stderr, "%s\n", text); }
extern void *halide_set_error_handler(void (*handler)(void *context, const char *text));

int main(int count, char **words) {
    int32_t arguments;
    if (count != 3 || !(in = fopen(words[1], "rb"))) return 2;
    halide_set_error_handler(on_error);
    take(&arguments, 4);
    void *context = NULL, **addresses = calloc(arguments + 1, sizeof *addresses);
    int64_t *output_sizes = calloc(arguments + 1, sizeof *output_sizes);
    addresses[0] = &context;
    for (int i = 1; i <= arguments; i++) {
        int32_t head[4]; /* dimensions (-1: scalar), code, bits, whether it is an output */
        int64_t size;
        take(head, sizeof head);
        take(&size, sizeof size);
        uint8_t *bytes = aligned_alloc(64, (size + 127) / 64 * 64);
        addresses[i] = bytes;
        if (head[0] >= 0) {
            buffer *b = calloc(1, sizeof *b);
            b->host = bytes;
            b->code = head[1];
            b->bits = head[2];
            b->lanes = 1;
            b->dimensions = head[0];
            b->dim = calloc(head[0] + 1, sizeof *b->dim);
            take(b->dim, head[0] * sizeof *b->dim);
            addresses[i] = b;
            if (head[3]) output_sizes[i] = size;
        }
        take(bytes, size);
    }
    int code = FUNCTION(addresses);
    if (code) return 1;
    FILE *out = fopen(words[2], "wb");
    for (int i = 1; i <= arguments; i++)
        if (output_sizes[i]) fwrite(((buffer *)addresses[i])->host, 1, output_sizes[i], out);
    return fclose(out) ? 2 : 0;
}
