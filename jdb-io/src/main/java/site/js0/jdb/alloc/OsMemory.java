package site.js0.jdb.alloc;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.Errno;
import site.js0.jdb.fs.IoError;
import site.js0.jdb.fs.IoException;

/**
 * Memory straight from the operating system: anonymous private mappings, whose pages are the
 * system's zero pages until they are first written.
 *
 * <p>On Linux with native access this is mmap; anywhere else (another system, native access denied)
 * the same calls fall back to {@link Arena#allocate}, which gives the same guarantees (aligned,
 * zeroed) but touches every page and counts against {@code -XX:MaxDirectMemorySize}. {@link
 * #mapsAnonymously()} tells which. Any thread.
 */
final class OsMemory {
    /**
     * What everything here is aligned to at least: the block of direct I/O and the page of x86-64.
     */
    static final int ALIGNMENT = 4096;

    /** A transparent huge page of x86-64, and of arm64 with 4 KiB base pages. */
    static final long HUGE_PAGE_BYTES = 2L << 20;

    // uapi/asm-generic/mman-common.h and mman.h; the same numbers on x86-64 and arm64.
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_PRIVATE = 0x02;
    private static final int MAP_ANONYMOUS = 0x20;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_POPULATE_WRITE = 23;

    private static final @Nullable Native NATIVE = Native.load();

    private OsMemory() {}

    /**
     * True when {@link #map} gives untouched pages, false when it falls back to the JDK's
     * allocator.
     */
    static boolean mapsAnonymously() {
        return NATIVE != null;
    }

    /**
     * {@code bytes} of zeros, aligned to {@code alignment}, freed when {@code arena} is closed.
     *
     * @param bytes multiple of {@link #ALIGNMENT}, greater than 0
     * @param alignment power of two, at least {@link #ALIGNMENT}
     * @throws IoException {@link IoError.Alloc} when the system has no such memory
     */
    static MemorySegment map(long bytes, long alignment, Arena arena) {
        assert bytes > 0 && bytes % ALIGNMENT == 0 : bytes;
        assert alignment >= ALIGNMENT && Long.bitCount(alignment) == 1 : alignment;
        Native os = NATIVE;
        return os == null ? fromJdk(bytes, alignment, arena) : os.map(bytes, alignment, arena);
    }

    private static MemorySegment fromJdk(long bytes, long alignment, Arena arena) {
        try {
            return arena.allocate(bytes, alignment);
        } catch (OutOfMemoryError e) {
            throw new IoException(new IoError.Alloc(bytes, String.valueOf(e.getMessage())), e);
        }
    }

    /** Asks for huge pages behind {@code segment}; false when the system will not hear of it. */
    static boolean adviseHugePages(MemorySegment segment) {
        Native os = NATIVE;
        return os != null && os.advise(segment, MADV_HUGEPAGE) == 0;
    }

    /**
     * Makes every page of {@code segment} resident and writable without changing its bytes.
     *
     * @throws IoException {@link IoError.Alloc} when memory runs out on the way (and the system
     *     says so, instead of killing a process)
     */
    static void populate(MemorySegment segment) {
        Native os = NATIVE;
        if (os != null) {
            int errno = os.advise(segment, MADV_POPULATE_WRITE);
            if (errno == 0) {
                return;
            }
            if (errno != Errno.EINVAL) { // EINVAL: a kernel before 5.14
                throw new IoException(new IoError.Alloc(segment.byteSize(), Errno.describe(errno)));
            }
        }
        for (long at = 0; at < segment.byteSize(); at += ALIGNMENT) {
            segment.set(ValueLayout.JAVA_BYTE, at, segment.get(ValueLayout.JAVA_BYTE, at));
        }
    }

    /**
     * The three calls, bound once; their addresses are plain longs, which every Linux ABI passes
     * like pointers.
     */
    private static final class Native {
        private static final MemoryLayout CAPTURE = Linker.Option.captureStateLayout();
        private static final long ERRNO_AT =
                CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

        private final MethodHandle mmap;
        private final MethodHandle munmap;
        private final MethodHandle madvise;

        private Native(MethodHandle mmap, MethodHandle munmap, MethodHandle madvise) {
            this.mmap = mmap;
            this.munmap = munmap;
            this.madvise = madvise;
        }

        static @Nullable Native load() {
            if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
                return null; // the constants above are Linux's
            }
            try {
                Linker linker = Linker.nativeLinker();
                SymbolLookup libc = linker.defaultLookup();
                Linker.Option errno = Linker.Option.captureCallState("errno");
                return new Native(
                        linker.downcallHandle(
                                libc.findOrThrow("mmap"),
                                FunctionDescriptor.of(
                                        JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT,
                                        JAVA_INT, JAVA_LONG),
                                errno),
                        linker.downcallHandle(
                                libc.findOrThrow("munmap"),
                                FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG),
                                errno),
                        linker.downcallHandle(
                                libc.findOrThrow("madvise"),
                                FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT),
                                errno));
            } catch (IllegalCallerException
                    | UnsupportedOperationException
                    | java.util.NoSuchElementException e) {
                return null; // native access denied, or a platform without a linker: Arena.allocate
                // serves
            }
        }

        MemorySegment map(long bytes, long alignment, Arena arena) {
            long slack = alignment == ALIGNMENT ? 0 : alignment;
            long mappedBytes;
            try {
                mappedBytes = Math.addExact(bytes, slack);
            } catch (ArithmeticException e) {
                throw new IoException(new IoError.Alloc(bytes, "beyond the address space"), e);
            }
            long base;
            try (Arena call = Arena.ofConfined()) {
                MemorySegment capture = call.allocate(CAPTURE);
                base =
                        (long)
                                mmap.invokeExact(
                                        capture,
                                        0L,
                                        mappedBytes,
                                        PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS,
                                        -1,
                                        0L);
                if (base == -1) {
                    throw new IoException(new IoError.Alloc(bytes, Errno.describe(errno(capture))));
                }
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable t) {
                throw new AssertionError("a downcall threw a checked exception", t);
            }
            // Untouched slack costs address space only; trimming it would split the mapping for
            // nothing.
            long start = (base + alignment - 1) & -alignment;
            return MemorySegment.ofAddress(start)
                    .reinterpret(bytes, arena, ignored -> unmap(base, mappedBytes));
        }

        private void unmap(long base, long bytes) {
            try (Arena call = Arena.ofConfined()) {
                MemorySegment capture = call.allocate(CAPTURE);
                int result = (int) munmap.invokeExact(capture, base, bytes);
                if (result != 0) {
                    throw new IllegalStateException("munmap: " + Errno.describe(errno(capture)));
                }
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable t) {
                throw new AssertionError("a downcall threw a checked exception", t);
            }
        }

        int advise(MemorySegment segment, int advice) {
            try (Arena call = Arena.ofConfined()) {
                MemorySegment capture = call.allocate(CAPTURE);
                int result =
                        (int)
                                madvise.invokeExact(
                                        capture, segment.address(), segment.byteSize(), advice);
                return result == 0 ? 0 : errno(capture);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable t) {
                throw new AssertionError("a downcall threw a checked exception", t);
            }
        }

        private static int errno(MemorySegment capture) {
            return capture.get(JAVA_INT, ERRNO_AT);
        }
    }
}
