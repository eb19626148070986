package site.js0.jdb.fs.uring;

/**
 * Numbers of the io_uring interface (uapi/linux/io_uring.h), the same on every processor: opcodes,
 * flags, and offsets in its structures. Everything is in native byte order; both supported
 * processors are little-endian.
 *
 * <pre>
 * struct io_uring_sqe, 64 bytes          struct io_uring_cqe, 16 bytes
 *   0  1 opcode                             0  8 user_data
 *   1  1 flags (IOSQE_*)                    8  4 res: result, or -errno
 *   2  2 ioprio                            12  4 flags
 *   4  4 fd, or index of a registered file
 *   8  8 off
 *  16  8 addr
 *  24  4 len
 *  28  4 rw_flags, fsync_flags
 *  32  8 user_data
 *  40  2 buf_index
 *  42 22 not used here, zero
 * </pre>
 */
final class Abi {
    static final int OP_NOP = 0;
    static final int OP_READV = 1;
    static final int OP_WRITEV = 2;
    static final int OP_FSYNC = 3;
    static final int OP_READ_FIXED = 4;
    static final int OP_WRITE_FIXED = 5;
    static final int OP_READ = 22;
    static final int OP_WRITE = 23;
    static final int OP_READV_FIXED = 60;
    static final int OP_WRITEV_FIXED = 61;

    static final int FSYNC_DATASYNC = 1;

    static final int SQE_FIXED_FILE = 1;
    static final int SQE_IO_LINK = 1 << 2;
    static final int SQE_ASYNC = 1 << 4;

    static final int SETUP_CQSIZE = 1 << 3;
    static final int SETUP_CLAMP = 1 << 4;
    static final int SETUP_R_DISABLED = 1 << 6;
    static final int SETUP_SUBMIT_ALL = 1 << 7;
    static final int SETUP_COOP_TASKRUN = 1 << 8;
    static final int SETUP_TASKRUN_FLAG = 1 << 9;
    static final int SETUP_SINGLE_ISSUER = 1 << 12;
    static final int SETUP_DEFER_TASKRUN = 1 << 13;
    static final int SETUP_NO_SQARRAY = 1 << 16;

    static final int FEAT_SINGLE_MMAP = 1;
    static final int FEAT_NODROP = 1 << 1;
    static final int FEAT_SUBMIT_STABLE = 1 << 2;
    static final int FEAT_EXT_ARG = 1 << 8;

    static final int ENTER_GETEVENTS = 1;
    static final int ENTER_EXT_ARG = 1 << 3;
    static final int ENTER_REGISTERED_RING = 1 << 4;

    static final int SQ_CQ_OVERFLOW = 1 << 1;
    static final int SQ_TASKRUN = 1 << 2;

    static final int REGISTER_BUFFERS = 0;
    static final int UNREGISTER_BUFFERS = 1;
    static final int REGISTER_FILES = 2;
    static final int REGISTER_FILES_UPDATE = 6;
    static final int REGISTER_PROBE = 8;
    static final int REGISTER_ENABLE_RINGS = 12;
    static final int REGISTER_BUFFERS2 = 15;
    static final int REGISTER_BUFFERS_UPDATE = 16;
    static final int REGISTER_RING_FDS = 20;
    static final int UNREGISTER_RING_FDS = 21;

    static final int RSRC_REGISTER_SPARSE = 1;

    static final long OFF_SQ_RING = 0;
    static final long OFF_SQES = 0x10000000L;

    static final int SQE_BYTES = 64;
    static final int CQE_BYTES = 16;

    // struct io_uring_params.
    static final int PARAMS_BYTES = 120;
    static final int PARAMS_SQ_ENTRIES = 0;
    static final int PARAMS_CQ_ENTRIES = 4;
    static final int PARAMS_FLAGS = 8;
    static final int PARAMS_FEATURES = 20;
    static final int PARAMS_SQ_OFF = 40;
    static final int PARAMS_CQ_OFF = 80;

    // struct io_sqring_offsets and io_cqring_offsets.
    static final int RING_HEAD = 0;
    static final int RING_TAIL = 4;
    static final int RING_MASK = 8;
    static final int SQ_FLAGS = 16;
    static final int SQ_ARRAY = 24;
    static final int CQ_CQES = 20;

    // struct io_uring_rsrc_register, 32 bytes: nr u32, flags u32, resv2, data, tags.
    static final int RSRC_REGISTER_NR = 0;
    static final int RSRC_REGISTER_FLAGS = 4;

    // struct io_uring_rsrc_update2, 32 bytes: offset u32, resv u32, data, tags, nr u32, resv2 u32.
    static final int RSRC_UPDATE_OFFSET = 0;
    static final int RSRC_UPDATE_DATA = 8;
    static final int RSRC_UPDATE_NR = 24;

    private Abi() {}
}
