package site.js0.jdb.index;

import java.lang.foreign.MemorySegment;
import site.js0.jdb.layout.KeyCells;
import site.js0.jdb.layout.LeafPage;
import site.js0.jdb.layout.PageHeader;

/**
 * Merges the source's entries into one leaf: finds each one's place by search and copies what lies
 * between as runs. Where no entry of the leaf has a timestamp each key has one version only, so
 * that nothing but the entry after the source's needs to be looked at.
 *
 * <p>It may stop at any entry because the stage is full, and goes on from the step's slot. Owner:
 * the merge.
 */
final class LeafMerge {
    private final MemorySegment memory;
    private final MergeHead head;
    private final MergeRound round;
    private final VersionMerge versions;
    private final LeafStage out;
    private final KeyBuffer entryKey = new KeyBuffer();

    /** True when the next entry of the leaf is known not to be of the key that is being decided. */
    private boolean otherKey;

    LeafMerge(
            MemorySegment memory,
            MergeHead head,
            MergeRound round,
            VersionMerge versions,
            LeafStage out) {
        this.memory = memory;
        this.head = head;
        this.round = round;
        this.versions = versions;
        this.out = out;
    }

    /** Goes through the leaf; false when the stage is full first. */
    boolean run(long page, MergePath.Step step) {
        final int n = PageHeader.count(memory, page);
        final boolean timed = LeafPage.timed(memory, page);
        otherKey = false;
        while (round.takesSource(step, versions)) {
            final int found =
                    LeafPage.find(memory, page, head.key.bytes, head.key.length, head.timestamp);
            final int at = found < 0 ? ~found : found;
            if (!copyTo(page, step, n, at, timed)
                    || !versions.offerSource(head.key, head.source())) {
                return false;
            }
            if (found >= 0 && timed && timestampAt(page, n, at) == head.timestamp) {
                skipReplaced(page, step, n);
            }
            head.advance();
            otherKey = found < 0;
            if (found >= 0
                    && !timed
                    && !(head.load() && versions.openFor(head.key))
                    && !offerLast(page, step, n)) {
                return false;
            }
        }
        return copyTo(page, step, n, n, timed);
    }

    private long timestampAt(long page, int n, int i) {
        final long cell = LeafPage.cell(memory, page, n, i);
        return KeyCells.timestamp(memory, cell, KeyCells.headerAt(memory, cell), LeafPage.BARE);
    }

    /** The next entry is the very version that the source brought. */
    private void skipReplaced(long page, MergePath.Step step, int n) {
        final long cell = LeafPage.cell(memory, page, n, step.slot);
        final int header = KeyCells.headerAt(memory, cell);
        versions.replaced(memory, KeyCells.kind(header), cell + KeyCells.lead(header));
        step.slot++;
    }

    /**
     * The next entry is the last version of the key being decided; false when the stage is full.
     */
    private boolean offerLast(long page, MergePath.Step step, int n) {
        final long cell = LeafPage.cell(memory, page, n, step.slot);
        final int header = KeyCells.headerAt(memory, cell);
        final long value = cell + KeyCells.lead(header);
        final long end = page + LeafPage.offset(memory, page, n, step.slot + 1);
        if (!versions.offerLast(KeyCells.kind(header), memory, value, (int) (end - value))) {
            return false;
        }
        step.slot++;
        otherKey = true;
        return true;
    }

    /** Takes over the entries before {@code to}; false when the stage is full. */
    private boolean copyTo(long page, MergePath.Step step, int n, int to, boolean timed) {
        while (step.slot < to) {
            if (timed) {
                entryKey.length = LeafPage.copyKey(memory, page, step.slot, entryKey.bytes);
                if (!offer(page, step, n)) {
                    return false;
                }
            } else if (!versions.open()) {
                final int copied = out.addRun(memory, page, step.slot, to);
                if (copied == 0) {
                    return false;
                }
                step.slot += copied;
            } else if (otherKey) {
                versions.close();
            } else {
                entryKey.length = LeafPage.copyKey(memory, page, step.slot, entryKey.bytes);
                if (!versions.openFor(entryKey)) {
                    versions.close();
                } else if (!offer(page, step, n)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Offers the next entry, whose key is in {@link #entryKey}; false when the stage is full. */
    private boolean offer(long page, MergePath.Step step, int n) {
        final long cell = LeafPage.cell(memory, page, n, step.slot);
        final int header = KeyCells.headerAt(memory, cell);
        final long value = cell + KeyCells.lead(header);
        final long end = page + LeafPage.offset(memory, page, n, step.slot + 1);
        if (!versions.offerTree(
                entryKey,
                KeyCells.timestamp(memory, cell, header, LeafPage.BARE),
                KeyCells.kind(header),
                memory,
                value,
                (int) (end - value))) {
            return false;
        }
        step.slot++;
        return true;
    }
}
