package site.js0.jdb.page;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.comm.Waiter;

/**
 * The pages of one VNode, as the tree above sees them: numbered, checked, resident or not, written
 * once.
 *
 * <p>A page is built in a frame, sealed (numbered and checksummed) and from then on never changes;
 * a new state of the tree is new pages. A page that the last checkpoint can reach keeps its place
 * on disk until the next checkpoint is durable; that is this component's business, not the tree's.
 *
 * <p>Frames are indices into one arena; the page of frame {@code f} lies at {@code memory()[f *
 * 4096]}. A frame returned by {@link #fetch} or {@link #peek} stays valid until the next call of
 * {@code fetch}, {@code prefetch} or {@code create}, unless pinned: those may evict. Owner: whoever
 * holds the shard.
 */
public interface PageSpace {
    /** Parked, or not there: no frame. */
    int NONE = -1;

    /** The arena of the buffer pool. */
    MemorySegment memory();

    /** The VNode whose pages these are; goes into each page's header. */
    int vnode();

    /**
     * The frame of page {@code pageNo}, checked against {@code crc} when it comes from the device.
     *
     * @param hint the frame it was in when last seen, or {@link #NONE}; verified before use
     * @param waiter parked when the page is not resident: its load is queued and the waiter resumed
     *     when the page has arrived (or failed: then the next fetch throws)
     * @return the frame, or {@link #NONE} when the waiter was parked
     * @throws site.js0.jdb.comm.JdbException Corrupt, naming file, offset and rule, or Io
     */
    int fetch(long pageNo, int crc, int hint, Waiter waiter);

    /** The frame when resident, else {@link #NONE}; loads nothing. */
    int peek(long pageNo, int hint);

    /**
     * Queues a load if the page is not resident and a frame can be had; neighbours on disk are read
     * together.
     */
    void prefetch(long pageNo, int crc);

    /**
     * A frame to build a page in, zeroed, pinned and not yet numbered. Room for the page in the
     * file is set aside with it.
     *
     * @return the frame, or {@link #NONE} when all frames are pinned or wait for their write, or
     *     the file is being grown: the waiter is parked
     * @throws site.js0.jdb.comm.JdbException DiskFull; InDoubt after a failed write or sync
     */
    int create(Waiter waiter);

    /** Gives back a frame from {@link #create} that was not sealed. */
    void discard(int frame);

    /**
     * Ends building: numbers the page (pages sealed one after the other get neighbouring numbers
     * where space allows), writes number and checksum into its header, queues its write and takes
     * the pin away. The page stays resident and unevictable until written.
     *
     * @return its page number
     * @throws site.js0.jdb.comm.JdbException DiskFull or InDoubt; the frame is then still the
     *     caller's
     */
    long seal(int frame);

    /** The checksum in the header of the page in {@code frame}. */
    int crc(int frame);

    /**
     * True when in-memory frame hints may be written into the page: its bytes are not with the
     * kernel nor to be written.
     */
    boolean hintable(int frame);

    /**
     * The present tree no longer refers to {@code pageNo}: its frame is dropped, its place reused
     * when that is safe. Must not be called before the root that no longer refers to it is the one
     * a checkpoint would be given: free what was replaced together with publishing what replaces
     * it.
     */
    void free(long pageNo);

    /** Keeps {@code frame} where it is until {@link #unpin}; nests. */
    void pin(int frame);

    /** Undoes one {@link #pin}. */
    void unpin(int frame);
}
