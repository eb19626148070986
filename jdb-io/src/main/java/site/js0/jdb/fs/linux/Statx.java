package site.js0.jdb.fs.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What statx(2) says of a file, without following a link in the last place.
 *
 * <p>Offsets of {@code struct statx} (uapi/linux/stat.h), the same on every processor:
 *
 * <pre>
 *  offset size field
 *      28    2 stx_mode               type in the bits 0xF000
 *      32    8 stx_ino
 *      40    8 stx_size
 *     136    4 stx_dev_major
 *     140    4 stx_dev_minor
 *     152    4 stx_dio_mem_align      Linux 6.1, when STATX_DIOALIGN is in stx_mask
 *     156    4 stx_dio_offset_align   0 = no direct I/O on this file
 * </pre>
 *
 * @param device the device that holds the file
 * @param inode the file's number on it
 * @param sizeBytes size in bytes
 * @param type one of the {@code S_IF} constants
 * @param directAlignment what direct I/O needs of addresses, offsets and lengths; 0 when the kernel
 *     does not say
 */
record Statx(long device, long inode, long sizeBytes, int type, int directAlignment) {
    static final int S_IFLNK = 0xA000;
    static final int S_IFREG = 0x8000;
    static final int S_IFDIR = 0x4000;

    private static final int S_IFMT = 0xF000;
    private static final int BYTES = 256;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7FF;
    private static final int STATX_DIOALIGN = 0x2000;

    /** Of an open descriptor. */
    static long ofDescriptor(int fd, Statx[] found) {
        try (Arena arena = Arena.ofConfined()) {
            return query(arena, fd, arena.allocate(1), AT_EMPTY_PATH, found);
        }
    }

    /** Of a path; a link in the last place is described, not followed. */
    static long ofPath(byte[] path, Statx[] found) {
        try (Arena arena = Arena.ofConfined()) {
            return query(
                    arena, Syscall.AT_FDCWD, Fd.cString(arena, path), AT_SYMLINK_NOFOLLOW, found);
        }
    }

    /** Answers 0 with {@code found[0]} set, or -errno. */
    private static long query(Arena arena, int fd, MemorySegment path, int flags, Statx[] found) {
        MemorySegment buffer = arena.allocate(BYTES, Long.BYTES);
        long result;
        do {
            result =
                    Syscall.call(
                            Syscall.STATX,
                            fd,
                            path.address(),
                            flags,
                            STATX_BASIC_STATS | STATX_DIOALIGN,
                            buffer.address(),
                            0);
        } while (result == -site.js0.jdb.fs.Errno.EINTR);
        if (result < 0) {
            return result;
        }
        int mask = buffer.get(ValueLayout.JAVA_INT, 0);
        int alignment = 0;
        if ((mask & STATX_DIOALIGN) != 0) {
            alignment =
                    Math.max(
                            buffer.get(ValueLayout.JAVA_INT, 152),
                            buffer.get(ValueLayout.JAVA_INT, 156));
        }
        int type = buffer.get(ValueLayout.JAVA_SHORT, 28) & S_IFMT;
        long device =
                (long) buffer.get(ValueLayout.JAVA_INT, 136) << 32
                        | buffer.get(ValueLayout.JAVA_INT, 140);
        long inode = buffer.get(ValueLayout.JAVA_LONG, 32);
        found[0] = new Statx(device, inode, buffer.get(ValueLayout.JAVA_LONG, 40), type, alignment);
        return 0;
    }
}
