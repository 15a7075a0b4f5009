"""Objects -> one shared library behind a small C dispatcher that picks the instruction set."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .targets import InstructionSet

#: Everything the library exports; all else is hidden, so that a second Halide in the process can't interfere.
EXPORTS = [
    "tirage_open",
    "tirage_run",
    "tirage_graph_name",
    "tirage_isa_name",
    "tirage_metadata",
    "tirage_set_threads",
]

DISPATCHER = r"""
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

typedef int (*graph_function)(void **arguments);
typedef const void *(*metadata_function)(void);
extern int halide_set_num_threads(int count);
extern void *halide_set_error_handler(void (*handler)(void *context, const char *text));
extern void halide_shutdown_thread_pool(void);
extern void halide_mutex_lock(void *mutex);
extern void halide_mutex_unlock(void *mutex);
typedef int (*parallel_task)(void *context, int number, uint8_t *closure);
typedef int (*parallel_for)(void *context, parallel_task task, int first, int count, uint8_t *closure);
extern parallel_for halide_set_custom_do_par_for(parallel_for act);
extern int halide_default_do_par_for(void *context, parallel_task task, int first, int count, uint8_t *closure);
extern void *(*halide_set_custom_malloc(void *(*allocate)(void *context, size_t size)))(void *context, size_t size);
extern void (*halide_set_custom_free(void (*release)(void *context, void *memory)))(void *context, void *memory);
@DECLARATIONS@
static const char *const graph_names[] = {@GRAPH_NAMES@, NULL};
static const char *const isa_names[] = {@ISA_NAMES@, NULL};
static const graph_function functions[@ISAS@][@GRAPHS@] = {@FUNCTIONS@};
static const metadata_function metadata[@GRAPHS@] = {@METADATA@};
static int chosen = 0;

#if defined(__x86_64__)
#include <cpuid.h>
/* The least level is 0 = sse41, then 1 = avx2, 2 = avx512; -1 where even SSE4.1 is missing. Asked of the CPU and
   (XGETBV) of the operating system, which must save the wide registers. Level 1 is Haswell as LLVM understands it. */
static int level(void) {
    unsigned a, b, c, d, c1, xcr0 = 0, b7 = 0, c80 = 0;
    if (!__get_cpuid(1, &a, &b, &c1, &d) || !(c1 & bit_SSE4_1)) return -1;
    if (c1 & bit_OSXSAVE) __asm__ volatile("xgetbv" : "=a"(xcr0), "=d"(d) : "c"(0));
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) b7 = b;
    if (__get_cpuid(0x80000001, &a, &b, &c, &d)) c80 = c;
    const unsigned haswell1 = bit_AVX | bit_FMA | bit_F16C | bit_MOVBE | bit_POPCNT;
    const unsigned haswell7 = bit_AVX2 | bit_BMI | bit_BMI2;
    if ((xcr0 & 0x06) != 0x06 || (c1 & haswell1) != haswell1 || (b7 & haswell7) != haswell7 || !(c80 & 0x20)) return 0;
    const unsigned skylake7 = bit_AVX512F | bit_AVX512CD | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    return (xcr0 & 0xe6) == 0xe6 && (b7 & skylake7) == skylake7 ? 2 : 1;
}
static const int levels[] = {@LEVELS@};
#else
static int level(void) { return 0; }
static const int levels[] = {0};
#endif

#if defined(_WIN32) && defined(__x86_64__)
/* Halide's objects expect MSVC's runtime: a mark that floats are used, and a stack probe that MinGW names otherwise. */
int _fltused = 1;
__asm__(".globl __chkstk\n__chkstk: jmp ___chkstk_ms\n");
#endif

/* One call's error. Several threads may fail at once; the first to speak is heard. */
typedef struct { int said; char text[1000]; } report;

static void on_error(void *context, const char *text) {
    report *r = (report *)context;
    if (!r || __atomic_exchange_n(&r->said, 1, __ATOMIC_ACQ_REL)) return;
    int i = 0;
    for (; i < (int)sizeof r->text - 1 && text[i]; i++) r->text[i] = text[i];
    r->text[i] = 0;
}

/* A fork copies all memory, but of the threads only the one that forks. It waits for the kernels that run and ends
   Halide's threads, so that neither lock nor work of a thread that is not there reaches the child. Both sides start
   new threads when they need them. */
#if defined(_WIN32)
static void enter(void) {}
static void leave(void) {}
#else
#include <pthread.h>
#if defined(PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP)
#define OPEN PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP /* who forks goes before kernels that begin later */
#else
#define OPEN PTHREAD_RWLOCK_INITIALIZER
#endif
static pthread_rwlock_t gate = OPEN;

static void enter(void) { pthread_rwlock_rdlock(&gate); }
static void leave(void) { pthread_rwlock_unlock(&gate); }

static void before_fork(void) {
    pthread_rwlock_wrlock(&gate);
    halide_shutdown_thread_pool();
}

static void after_fork_in_child(void) {
    const pthread_rwlock_t open = OPEN; /* unlocked, it would wait for threads that are not there */
    gate = open;
}

__attribute__((constructor)) static void prepare_for_forks(void) {
    pthread_atfork(before_fork, leave, after_fork_in_child);
}
#endif

/* The intermediates' memory. A strip's is kept for the next one: given back to the system, every page of it would have
   to be mapped and cleared again. What is kept when no kernel runs is bounded.
   Blocks begin at different places of a page, since the caches tell addresses apart by these. */
enum { ALIGNMENT = 128, PAGE = 4096, STEP = 16384, LISTS = 48 };
static const size_t most_kept = (size_t)256 << 20, most_at_rest = (size_t)64 << 20;

typedef struct block { struct block *next; void *start; size_t size; } block;

static block *kept[LISTS];
static size_t kept_size = 0;
static unsigned made = 0;
static int running = 0;
static uintptr_t mutex = 0;

static void lock(void) { halide_mutex_lock(&mutex); }
static void unlock(void) { halide_mutex_unlock(&mutex); }

/* Blocks of one list are less than twice as large as each other. */
static int list_of(size_t size) {
    int list = 0;
    while (size > STEP && list < LISTS - 1) {
        size = (size + 1) / 2;
        list++;
    }
    return list;
}

/* The place of the least block for `size` in its list, or else in the next; NULL where there is none. */
static block **least(size_t size) {
    int first = list_of(size);
    block **best = NULL;
    for (int list = first; list < LISTS && list < first + 2 && !best; list++) {
        for (block **place = &kept[list]; *place; place = &(*place)->next) {
            if ((*place)->size >= size && (!best || (*place)->size < (*best)->size)) best = place;
            if (best && (*best)->size == size) return best;
        }
    }
    return best;
}

/* Everything that is kept, as one list; the caller has the lock. */
static block *all_kept(void) {
    block *all = NULL;
    for (int i = 0; i < LISTS; i++) {
        while (kept[i]) {
            block *own = kept[i];
            kept[i] = own->next;
            own->next = all;
            all = own;
        }
    }
    kept_size = 0;
    return all;
}

static void give_back(block *all) {
    while (all) {
        block *own = all;
        all = own->next;
        free(own->start);
    }
}

/* Where the system has no more, what is kept goes back to it first. */
static void *fresh(size_t bytes) {
    void *start = malloc(bytes);
    if (start) return start;
    lock();
    block *all = all_kept();
    unlock();
    give_back(all);
    return malloc(bytes);
}

static void *allocate(void *context, size_t size) {
    (void)context;
    if (size > SIZE_MAX / 2) return NULL;
    size = (size + STEP - 1) / STEP * STEP;
    lock();
    block **place = least(size), *found = place ? *place : NULL;
    if (found) {
        *place = found->next;
        kept_size -= found->size;
    }
    unsigned number = found ? 0 : made++;
    unlock();
    if (!found) {
        char *start = fresh(size + PAGE + 2 * ALIGNMENT);
        if (!start) return NULL;
        uintptr_t first = ((uintptr_t)start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        found = (block *)(first + number * (size_t)5 * ALIGNMENT % PAGE);
        found->start = start;
        found->size = size;
    }
    return (char *)found + ALIGNMENT;
}

static void release(void *context, void *memory) {
    (void)context;
    if (!memory) return;
    block *own = (block *)((char *)memory - ALIGNMENT);
    lock();
    int keep = running && kept_size + own->size <= most_kept;
    if (keep) {
        block **list = &kept[list_of(own->size)];
        own->next = *list;
        *list = own;
        kept_size += own->size;
    }
    unlock();
    if (!keep) free(own->start);
}

/* While as many kernels run as there may be threads each is its caller's alone: to share them would only cost. */
static int most_threads = 0;

static int in_parallel(void *context, parallel_task task, int first, int count, uint8_t *closure) {
    for (; count > 0; first++, count--) {
        lock();
        int shares = running < most_threads;
        unlock();
        if (shares) return halide_default_do_par_for(context, task, first, count, closure);
        int code = task(context, first, closure);
        if (code) return code;
    }
    return 0;
}

static void begin(void) {
    enter();
    lock();
    running++;
    unlock();
}

static void end(void) {
    block *unused = NULL;
    lock();
    if (!--running && kept_size > most_at_rest) unused = all_kept();
    unlock();
    give_back(unused);
    leave();
}

/* Chooses the instruction set: the one named, or with NULL the best. Returns its index,
   -1 where the CPU has none of them, -2 where it lacks the one named, -3 for a name that is not here. */
EXPORT int tirage_open(const char *isa) {
    int have = level(), best = -1;
    halide_set_error_handler(on_error);
    halide_set_custom_malloc(allocate);
    halide_set_custom_free(release);
    halide_set_custom_do_par_for(in_parallel);
    for (int i = 0; isa_names[i]; i++) {
        int usable = levels[i] <= have, same = 0;
        if (isa) {
            int j = 0;
            while (isa[j] && isa[j] == isa_names[i][j]) j++;
            same = isa[j] == isa_names[i][j];
            if (same && !usable) return -2;
        }
        if (isa ? same : usable) best = i;
    }
    if (best < 0) return isa ? -3 : -1;
    return chosen = best;
}

/* Lanes beyond what is asked for compute with whatever memory holds. As floats that may be denormal, and then an
   operation takes a hundred times as long: while kernels run they count as 0. Threads take it from who starts them. */
#if defined(__x86_64__)
#include <xmmintrin.h>
static unsigned long without_denormals(void) {
    unsigned long before = _mm_getcsr();
    _mm_setcsr((unsigned)before | 0x8040);
    return before;
}
static void as_before(unsigned long state) { _mm_setcsr((unsigned)state); }
#elif defined(__aarch64__)
static unsigned long without_denormals(void) {
    unsigned long before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | 1ul << 24));
    return before;
}
static void as_before(unsigned long state) { __asm__ volatile("msr fpcr, %0" : : "r"(state)); }
#else
static unsigned long without_denormals(void) { return 0; }
static void as_before(unsigned long state) { (void)state; }
#endif

/* arguments[0] is left free for the context; the graph's own arguments follow. */
EXPORT int tirage_run(int graph, void **arguments, char *text, int capacity) {
    report r;
    void *context = &r;
    r.said = 0;
    r.text[0] = 0;
    arguments[0] = &context;
    begin();
    unsigned long state = without_denormals();
    int code = functions[chosen][graph](arguments);
    as_before(state);
    end();
    if (code && capacity > 0) {
        int i = 0;
        for (; i < capacity - 1 && r.text[i]; i++) text[i] = r.text[i];
        text[i] = 0;
    }
    return code;
}

EXPORT const char *tirage_graph_name(int graph) { return graph_names[graph]; }
EXPORT const char *tirage_isa_name(int isa) { return isa_names[isa]; }
EXPORT const void *tirage_metadata(int graph) { return metadata[graph](); }

EXPORT void tirage_set_threads(int count) {
    enter();
    halide_set_num_threads(count);
    lock();
    most_threads = count;
    unlock();
    leave();
}
"""


def function_name(graph: str, isa: str) -> str:
    """The C name of a graph compiled for an instruction set."""
    return f"tirage_{graph}_{isa}"


def dispatcher(graphs: list[str], isas: list[InstructionSet]) -> str:
    """The C source that exports `EXPORTS`."""
    names = [[function_name(graph, isa.name) for graph in graphs] for isa in isas]
    declarations = [
        f"extern int {n}_argv(void **); extern const void *{n}_metadata(void);" for row in names for n in row
    ]
    order = ["sse41", "avx2", "avx512"]
    holes = {
        "DECLARATIONS": "\n".join(declarations),
        "GRAPH_NAMES": ", ".join(f'"{g}"' for g in graphs),
        "ISA_NAMES": ", ".join(f'"{i.name}"' for i in isas),
        "ISAS": str(len(isas)),
        "GRAPHS": str(len(graphs)),
        "FUNCTIONS": ", ".join("{" + ", ".join(f"{n}_argv" for n in row) + "}" for row in names),
        "METADATA": ", ".join(f"{n}_metadata" for n in names[0]),
        "LEVELS": ", ".join(str(order.index(i.name) if i.name in order else 0) for i in isas),
    }
    source = DISPATCHER
    for hole, text in holes.items():
        source = source.replace(f"@{hole}@", text)
    return source


def system_compiler() -> list[str] | None:
    """The command of a C compiler that can link here: `CC`, cc, gcc or clang; None if there is none."""
    candidates = [shlex.split(os.environ["CC"])] if os.environ.get("CC") else []
    if sys.platform != "win32":  # there, Halide's objects and MSVC's linker disagree on stack probes; zig is used
        candidates += [[name] for name in ("cc", "gcc", "clang") if shutil.which(name)]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text("#include <stdint.h>\nint32_t probe(void) { return 1; }\n")
        for command in candidates:
            probe = [*command, "-shared", "-fPIC", str(source), "-o", str(Path(folder, "probe")), "-lpthread", "-lm"]
            try:
                if subprocess.run(probe, capture_output=True).returncode == 0:
                    return command
            except OSError:
                continue
    return None


def zig_compiler(base: str) -> list[str]:
    """PyPI's ziglang as a C compiler, linking against an old glibc so that the result runs on old distributions."""
    system = {"linux": "linux-gnu.2.17", "osx": "macos", "windows": "windows-gnu"}[base.split("-")[2]]
    machine = "aarch64" if base.startswith("arm-64") else "x86_64"
    return [sys.executable, "-m", "ziglang", "cc", "-target", f"{machine}-{system}"]


def link(objects: list[Path], graphs: list[str], isas: list[InstructionSet], base: str, output: Path) -> None:
    """Link the objects and the dispatcher to the shared library `output`; `RuntimeError` with the linker's words."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "dispatcher.c")
        source.write_text(dispatcher(graphs, isas))
        compiler = system_compiler() or zig_compiler(base)
        if "ziglang" in compiler and importlib.util.find_spec("ziglang") is None:
            raise RuntimeError("linking the kernels needs a C compiler: install one, or pip install ziglang")
        options = ["-shared", "-fvisibility=hidden"]
        if base.endswith("linux"):
            exports = Path(folder, "exports.map")
            exports.write_text("{ global: " + "; ".join(EXPORTS) + "; local: *; };\n")
            options += ["-fPIC", f"-Wl,--version-script={exports}", "-Wl,-s", "-lpthread", "-ldl", "-lm"]
        elif base.endswith("osx"):
            exports = Path(folder, "exports.txt")
            exports.write_text("".join(f"_{name}\n" for name in EXPORTS))
            options += ["-fPIC", f"-Wl,-exported_symbols_list,{exports}"]
        else:
            options += ["-s"]
        temporary = output.with_name(f".{output.name}.{os.getpid()}")
        words = [*compiler, "-O2", str(source), *map(str, objects), *options, "-o", str(temporary)]
        result = subprocess.run(words, capture_output=True, text=True)
        if result.returncode:
            temporary.unlink(missing_ok=True)
            raise RuntimeError(f"linking the kernels failed: {result.stderr.strip()[-2000:]}")
        os.replace(temporary, output)
