package site.js0.jdb.page;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.JdbError;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.WaitList;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.layout.MetaPage;
import site.js0.jdb.layout.Superblock;

/**
 * Makes one state of a VNode's tree the one that is found after a crash: a state machine that goes
 * on in small steps while pages are sealed and freed beside it.
 *
 * <pre>
 *   begin: the live pages now are the checkpoint's            {@link FreeSpace#begin}
 *   META     build and seal the meta chain, last page first
 *   WRITE    until every page sealed before begin, and the chain, is written
 *   SYNC     the pages file
 *   SUPER_A  superblock copies 0 and 1, sync
 *   SUPER_B  copies 2 and 3, sync
 *   RELEASE  the checkpoint is durable: what was pending before begin is free, and the
 *            meta chain of the checkpoint before
 * </pre>
 *
 * The order is the promise: a superblock is written only when all it names is durable; a page of
 * the checkpoint before is given back only when all four copies name this one. So at each moment
 * two copies at least name a checkpoint that is whole.
 *
 * <p>Until SUPER_A a checkpoint can be abandoned without harm, and is when the disk is full. From
 * then on nobody knows which one a reader would find, so a failure puts the file in doubt.
 *
 * <p>Owner: shard's thread, under the hold. It touches the driver; a borrower must not run it.
 */
public final class Checkpoint {
    private enum State {
        IDLE,
        META,
        WRITE,
        SYNC,
        SUPER_A,
        SUPER_B,
        RELEASE
    }

    private static final int META_PAGES_PER_RUN = 16;
    private static final int RELEASE_WORDS_PER_RUN = 16 * 1024;

    private final PageFile file;
    private final WaitList waiters = new WaitList();
    private final MemorySegment supers =
            Arena.ofAuto().allocate((long) Superblock.COPIES * Superblock.BYTES, Superblock.BYTES);
    private final StepOp op = new StepOp();

    private State state = State.IDLE;
    private @Nullable CheckpointInfo info;
    private boolean opPending;

    /**
     * The chain of the last durable checkpoint, and of the one in progress, in chain order
     * reversed.
     */
    private long[] metaPages;

    private long[] metaPagesNext = new long[0];
    private int metaSealed;
    private long nextPageNo;
    private int nextCrc;
    private int released;

    Checkpoint(PageFile file, long[] metaPages) {
        this.file = file;
        this.metaPages = metaPages;
    }

    /** True from {@link #begin} until {@link #run} has answered DONE or thrown. */
    public boolean active() {
        return state != State.IDLE;
    }

    /**
     * Begins a checkpoint of the tree as of now. {@link #run} does the work.
     *
     * @param info with the root of the tree after all {@code seal} and {@code free} calls so far: a
     *     page it reaches must not have been freed, or its place may be given to another
     * @throws JdbException InDoubt
     */
    public void begin(CheckpointInfo info) {
        assert file.pool().hold().held();
        if (active()) {
            throw new JdbException(
                    new JdbError.Internal("checkpoint begun while one is in progress"));
        }
        file.checkWritable();
        FreeSpace space = file.space();
        if (info.rootPageNo() != 0 && !space.live(info.rootPageNo())) {
            throw new JdbException(
                    new JdbError.Internal(
                            "checkpoint of root page "
                                    + info.rootPageNo()
                                    + ", which is not in use"));
        }
        this.info = info;
        space.begin();
        file.writer().begin();
        file.extents().metaNeeds(info.extra().length);
        long bytes = MetaPage.streamBytes(space.snapshotPages(), info.extra().length);
        metaPagesNext = new long[MetaPage.pagesFor(bytes)];
        metaSealed = 0;
        nextPageNo = 0;
        nextCrc = 0;
        released = 0;
        state = State.META;
    }

    /**
     * Goes on as far as it can in one slice.
     *
     * @return {@link Progress#WAIT} with {@code waiter} parked, {@link Progress#MORE}, or {@link
     *     Progress#DONE}: the checkpoint is durable and {@link PageFile#superblock} is it
     * @throws JdbException DiskFull: abandoned, the one before still stands, {@link #begin} another
     *     when there is space; InDoubt: for good
     */
    public int run(Waiter waiter) {
        assert file.pool().hold().held();
        while (true) {
            if (opPending) {
                waiters.add(waiter);
                return Progress.WAIT;
            }
            switch (state) {
                case IDLE ->
                        throw new JdbException(new JdbError.Internal("no checkpoint in progress"));
                case META -> {
                    int progress = buildMeta(waiter);
                    if (progress != Progress.DONE) {
                        return progress;
                    }
                    file.writer().flush();
                    state = State.WRITE;
                }
                case WRITE -> {
                    checkWritable();
                    if (file.writer().oldUnwritten() > 0) {
                        waiters.add(waiter);
                        return Progress.WAIT;
                    }
                    state = State.SYNC;
                    op.prepareSyncData(file.io());
                    start();
                }
                case SYNC -> {
                    checkStep("sync of the pages file");
                    fillSupers();
                    state = State.SUPER_A;
                    writeSupers(0);
                }
                case SUPER_A -> {
                    checkStep("write of superblock copies 0 and 1");
                    state = State.SUPER_B;
                    writeSupers(2);
                }
                case SUPER_B -> {
                    checkStep("write of superblock copies 2 and 3");
                    durable();
                    state = State.RELEASE;
                }
                case RELEASE -> {
                    return release();
                }
            }
        }
    }

    // ---- META

    private int buildMeta(Waiter waiter) {
        int budget = META_PAGES_PER_RUN;
        while (metaSealed < metaPagesNext.length) {
            if (budget-- == 0) {
                return Progress.MORE;
            }
            checkWritable();
            int frame;
            try {
                frame = file.createMeta(waiter);
            } catch (JdbException e) {
                abandon();
                throw e;
            }
            if (frame < 0) {
                return Progress.WAIT;
            }
            sealMeta(frame);
        }
        return Progress.DONE;
    }

    private void sealMeta(int frame) {
        int index = metaPagesNext.length - 1 - metaSealed;
        byte[] extra = info().extra();
        long streamBytes = MetaPage.streamBytes(file.space().snapshotPages(), extra.length);
        long from = (long) index * MetaPage.PAYLOAD_MAX;
        int bytes = (int) Math.min(MetaPage.PAYLOAD_MAX, streamBytes - from);
        MemorySegment memory = file.memory();
        long at = BufferPool.at(frame);
        MetaPage.init(memory, at, file.vnode(), bytes, nextPageNo, nextCrc, index);
        for (int i = 0; i < bytes; i++) {
            memory.set(
                    ValueLayout.JAVA_BYTE, at + MetaPage.PAYLOAD + i, streamByte(from + i, extra));
        }
        nextPageNo = file.sealMeta(frame);
        nextCrc = file.crc(frame);
        metaPagesNext[metaSealed++] = nextPageNo;
    }

    private byte streamByte(long i, byte[] extra) {
        FreeSpace space = file.space();
        if (i < MetaPage.STREAM_HEAD_BYTES) {
            return (byte) (space.snapshotPages() >>> (i << 3));
        }
        long at = i - MetaPage.STREAM_HEAD_BYTES;
        long bitmapBytes = MetaPage.bitmapBytes(space.snapshotPages());
        if (at < bitmapBytes) {
            return space.snapshotByte(at);
        }
        at -= bitmapBytes;
        return at < Integer.BYTES
                ? (byte) (extra.length >>> (at << 3))
                : extra[(int) (at - Integer.BYTES)];
    }

    // ---- SUPER

    private void fillSupers() {
        CheckpointInfo info = info();
        Superblock before = file.superblock();
        Superblock next =
                new Superblock(
                        before.dbId(),
                        before.vnode(),
                        before.seq() + 1,
                        info.rootPageNo(),
                        info.rootCrc(),
                        info.rootLevel(),
                        nextPageNo,
                        nextCrc,
                        metaPagesNext.length,
                        info.logId(),
                        info.logEpoch(),
                        info.replayLsn(),
                        file.space().snapshotPages(),
                        file.space().snapshotLive(),
                        info.entryCount(),
                        info.lastCommit(),
                        info.timeBound(),
                        info.closedCleanly(),
                        info.cleanLsn());
        for (int copy = 0; copy < Superblock.COPIES; copy++) {
            next.write(supers, (long) copy * Superblock.BYTES, copy);
        }
    }

    private void writeSupers(int copy) {
        long at = (long) copy * Superblock.BYTES;
        op.prepareWriteThenSync(file.superIo(), at, supers, at, 2 * Superblock.BYTES);
        start();
    }

    private void start() {
        opPending = true;
        file.operationsInFlight++;
        file.driver().enqueue(op);
    }

    /** The step before is over: was it well? From the sync on a failure is for good. */
    private void checkStep(String what) {
        if (!op.succeeded()) {
            file.fail(what + " failed: " + op.failure().error().message());
        }
        JdbError failure = file.failure();
        if (failure != null) {
            end();
            throw new JdbException(failure);
        }
    }

    // ---- RELEASE

    private void durable() {
        file.checkpointed(Superblock.read(supers, 0), info().extra());
        for (long pageNo : metaPages) {
            file.freeMeta(pageNo);
        }
        metaPages = metaPagesNext;
    }

    private int release() {
        int words = file.space().words();
        int to = Math.min(words, released + RELEASE_WORDS_PER_RUN);
        file.space().release(released, to);
        released = to;
        if (to < words) {
            return Progress.MORE;
        }
        end();
        file.extents().released();
        return Progress.DONE;
    }

    // ---- ends

    private void checkWritable() {
        try {
            file.checkWritable();
        } catch (JdbException e) {
            abandon();
            throw e;
        }
    }

    /**
     * No superblock was written: the checkpoint before stands, the chain built so far is garbage.
     */
    private void abandon() {
        for (int i = 0; i < metaSealed; i++) {
            file.freeMeta(metaPagesNext[i]);
        }
        end();
    }

    private void end() {
        state = State.IDLE;
        file.extents().metaNeeds(info().extra().length);
        info = null;
        file.space().forgetSnapshot();
    }

    private CheckpointInfo info() {
        return Objects.requireNonNull(info);
    }

    void wake() {
        if (!waiters.isEmpty()) {
            waiters.resumeAll();
        }
    }

    /** Syncs and superblock writes, one after the other. */
    private final class StepOp extends IoOp {
        @Override
        protected void completed() {
            opPending = false;
            file.operationsInFlight--;
            wake();
        }
    }
}
