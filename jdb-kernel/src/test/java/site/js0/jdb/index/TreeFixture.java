package site.js0.jdb.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.comm.Progress;
import site.js0.jdb.comm.Waiter;
import site.js0.jdb.layout.EntryKind;

/** A tree over fake pages, and the loop of a shard for what waits. */
final class TreeFixture {
    final FakePageSpace pages;
    final Tree tree;
    final TreeMerge merge;

    /** Pointers reported since the fixture began. */
    final List<String> dropped = new ArrayList<>();

    private final List<String> unpublished = new ArrayList<>();
    int leafBudget = 1000;
    int roots;

    TreeFixture(FakePageSpace pages, int pagesPerRoot, int prefetch) {
        this.pages = pages;
        tree = new Tree(pages, TreeRoot.EMPTY);
        merge = new TreeMerge(MergePages.of(tree), pagesPerRoot, prefetch);
    }

    /** With room for all, nothing nasty. */
    static TreeFixture plain() {
        return new TreeFixture(new FakePageSpace(4096, 1), 256, 32);
    }

    /** Resumed once per wait. */
    static final class Turn extends Waiter {
        int resumed;

        @Override
        public void resume() {
            resumed++;
        }
    }

    /** Runs a step again until it does not wait. */
    int await(ToIntFunction<Waiter> step) {
        for (int waits = 0; waits < 100_000; waits++) {
            Turn turn = new Turn();
            int answer = step.applyAsInt(turn);
            if (answer != Progress.WAIT) {
                assertThat(turn.resumed).isZero();
                return answer;
            }
            pages.pump();
            assertThat(turn.resumed).as("a parked waiter is resumed").isEqualTo(1);
        }
        throw new AssertionError("waits without end");
    }

    /** Merges all, no snapshots. */
    void merge(Collection<Version> versions) {
        merge(versions, new long[0], -1);
    }

    void merge(Collection<Version> versions, long[] floors, long horizon) {
        merge(new ListSource(versions), floors, horizon);
    }

    void merge(MergeSource source, long[] floors, long horizon) {
        unpublished.clear();
        merge.start(source, floors, horizon, (memory, at) -> unpublished.add(pointer(memory, at)));
        while (true) {
            int answer = await(w -> merge.run(leafBudget, w));
            if (answer == TreeMerge.ROOT || answer == TreeMerge.DONE) {
                dropped.addAll(unpublished);
                unpublished.clear();
            }
            if (answer == TreeMerge.ROOT) {
                roots++;
            }
            if (answer == TreeMerge.DONE) {
                return;
            }
        }
    }

    static String pointer(MemorySegment memory, long at) {
        return new BigInteger(1, bytes(memory, at, 16)).toString(16);
    }

    static byte[] bytes(MemorySegment memory, long at, int length) {
        return memory.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
    }

    static MemorySegment nativeCopy(byte[] bytes) {
        MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, bytes.length));
        MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return copy;
    }

    /** What a reader at the timestamp sees; null for nothing, a tombstone counts as nothing. */
    byte @Nullable [] read(byte[] key, long timestamp) {
        TreeHit hit = new TreeHit();
        MemorySegment wanted = nativeCopy(key);
        int answer = await(w -> tree.get(wanted, 0, key.length, timestamp, hit, w));
        if (answer == Tree.ABSENT || hit.kind == EntryKind.TOMBSTONE) {
            return null;
        }
        assertThat(answer).isEqualTo(Tree.FOUND);
        return bytes(tree.memory(), hit.offset, hit.length);
    }

    /** All entries, by a cursor that seeks anew after each wait. */
    List<Version> scan(boolean forward, int prefetch) {
        List<Version> all = new ArrayList<>();
        TreeCursor cursor = new TreeCursor(tree, prefetch);
        boolean placed = false;
        for (int rounds = 0; rounds < 1_000_000; rounds++) {
            boolean stepping = placed;
            Turn turn = new Turn();
            int answer;
            if (stepping) {
                answer = forward ? cursor.next(turn) : cursor.previous(turn);
            } else if (!all.isEmpty()) {
                Version last = all.getLast();
                answer =
                        cursor.seek(
                                nativeCopy(last.key()),
                                0,
                                last.key().length,
                                last.timestamp(),
                                forward,
                                false,
                                turn);
            } else if (forward) {
                answer = cursor.seek(nativeCopy(new byte[0]), 0, 0, -1, true, true, turn);
            } else {
                answer = cursor.seekLast(turn);
            }
            placed = answer == TreeCursor.FOUND;
            if (answer == TreeCursor.END) {
                return all;
            }
            if (answer == TreeCursor.WAIT) {
                pages.pump();
                assertThat(turn.resumed).isEqualTo(1);
                continue;
            }
            all.add(current(cursor));
        }
        throw new AssertionError("a scan without end");
    }

    Version current(TreeCursor cursor) {
        return new Version(
                bytes(cursor.keyMemory(), 0, cursor.keyLength()),
                cursor.timestamp(),
                cursor.kind(),
                bytes(tree.memory(), cursor.valueOffset(), cursor.valueLength()));
    }

    /** The tree is whole and has exactly the pages there are. */
    TreeCheck.Report check() {
        TreeCheck check = new TreeCheck(tree);
        while (await(w -> check.run(10, w)) != Progress.DONE) {}
        TreeCheck.Report report = check.report();
        assertThat(report.problems()).isEmpty();
        assertThat(report.pages()).as("pages neither lost nor leaked").isEqualTo(pages.pages());
        pages.verifyIdle();
        return report;
    }
}
