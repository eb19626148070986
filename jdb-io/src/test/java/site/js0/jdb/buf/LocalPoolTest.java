package site.js0.jdb.buf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import site.js0.jdb.alloc.Leaks;

class LocalPoolTest {
    private static void onOtherThread(Runnable body) throws InterruptedException {
        List<Throwable> failures = new ArrayList<>();
        Thread thread = new Thread(body);
        thread.setUncaughtExceptionHandler((t, e) -> failures.add(e));
        thread.start();
        thread.join();
        assertThat(failures).isEmpty();
    }

    @Test
    void pageClosedAtHomeIsTheNextOneOut() {
        try (LocalPool pool = new LocalPool()) {
            Page page = pool.alloc();
            MemorySegment memory = page.memory();
            assertThat(memory.address() % 4096).isZero();
            assertThat(page.capacity()).isEqualTo(4096);
            page.setBufInit(10);
            page.close();
            assertThat(pool.cached()).isEqualTo(1);
            Page again = pool.alloc();
            assertThat(again.memory().address()).isEqualTo(memory.address());
            assertThat(again.length()).as("nothing of it is initialised").isZero();
            assertThat(pool.cached()).isZero();
            again.close();
        }
    }

    @Test
    void pageClosedElsewhereComesHomeByMaintain() throws InterruptedException {
        try (LocalPool pool = new LocalPool()) {
            Page page = pool.alloc();
            onOtherThread(page::close);
            assertThat(pool.cached()).isZero();
            assertThat(pool.maintain()).isEqualTo(1);
            assertThat(pool.cached()).isEqualTo(1);
            assertThat(pool.maintain()).isZero();
        }
    }

    @Test
    void allocLooksIntoTheChannelBeforeItAsksTheSystem() throws InterruptedException {
        try (LocalPool pool = new LocalPool()) {
            Page page = pool.alloc();
            long address = page.memory().address();
            onOtherThread(page::close);
            Page next = pool.alloc();
            assertThat(next.memory().address()).isEqualTo(address);
            next.close();
        }
    }

    @Test
    void pageIsFreedWhenTheChannelIsFull() throws InterruptedException {
        try (LocalPool pool = new LocalPool(4096, 2, 100)) {
            List<Page> pages = List.of(pool.alloc(), pool.alloc(), pool.alloc());
            List<MemorySegment> memory = pages.stream().map(Page::memory).toList();
            onOtherThread(() -> pages.forEach(Page::close));
            assertThat(pool.maintain()).isEqualTo(2);
            assertThat(memory).filteredOn(m -> !m.scope().isAlive()).hasSize(1);
        }
    }

    @Test
    void noMorePagesAreKeptThanAllowed() {
        try (LocalPool pool = new LocalPool(8192, 2, 1)) {
            Page a = pool.alloc();
            Page b = pool.alloc();
            MemorySegment second = b.memory();
            a.close();
            b.close();
            assertThat(pool.cached()).isEqualTo(1);
            assertThat(second.scope().isAlive()).isFalse();
        }
    }

    @Test
    void pageThatOutlivesItsPoolIsFreedWhenClosed() throws InterruptedException {
        LocalPool pool = new LocalPool();
        Page here = pool.alloc();
        Page there = pool.alloc();
        Page home = pool.alloc();
        MemorySegment atHome = home.memory();
        List<MemorySegment> out = List.of(here.memory(), there.memory());
        home.close();
        pool.close();
        pool.close();
        assertThat(atHome.scope().isAlive()).isFalse();
        assertThat(out).allMatch(m -> m.scope().isAlive());
        here.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        here.close();
        onOtherThread(there::close);
        assertThat(out).noneMatch(m -> m.scope().isAlive());
        assertThatThrownBy(pool::alloc).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void misuseIsFound() throws InterruptedException {
        try (LocalPool pool = new LocalPool()) {
            Page page = pool.alloc();
            page.close();
            assertThatThrownBy(page::close).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(page::memory).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> page.setBufInit(1)).isInstanceOf(IllegalStateException.class);
            assertThat(pool.cached()).isEqualTo(1);
            onOtherThread(() ->
                    assertThatThrownBy(pool::alloc).isInstanceOf(IllegalStateException.class));
        }
        assertThatThrownBy(() -> new LocalPool(100, 1, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LocalPool(4096, 0, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void followedPageIsFoundHoweverLateItIsMisused() {
        try (LocalPool pool = new LocalPool(4096, 4, 4, true)) {
            Page stale = pool.alloc();
            stale.close();
            Page present = pool.alloc();
            assertThatThrownBy(stale::close).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(stale::memory).isInstanceOf(IllegalStateException.class);
            present.memory().set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
            present.close();
            assertThat(pool.cached()).isEqualTo(1);
        }
    }

    @Test
    void lostPageIsReportedWithThePlaceThatTookIt() {
        ConcurrentLinkedQueue<Leaks.Leak> reports = new ConcurrentLinkedQueue<>();
        Consumer<Leaks.Leak> before = Leaks.reportTo(reports::add);
        try (LocalPool pool = new LocalPool(4096, 4, 4, true)) {
            pool.alloc().close();
            MemorySegment lost = lose(pool);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> {
                        System.gc();
                        return !reports.isEmpty() && !lost.scope().isAlive();
                    });
            assertThat(reports).hasSize(1);
            assertThat(reports.peek().openedAt().getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("lose"));
        } finally {
            Leaks.reportTo(before);
        }
    }

    private static MemorySegment lose(LocalPool pool) {
        return pool.alloc().memory();
    }

    @Test
    void steadyStateAllocatesNothing() throws InterruptedException {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (LocalPool pool = new LocalPool()) {
            long id = Thread.currentThread().threadId();
            turnOver(pool, 100_000);
            long before = threads.getThreadAllocatedBytes(id);
            turnOver(pool, 100_000);
            long bytes = threads.getThreadAllocatedBytes(id) - before;
            assertThat(bytes).as("bytes for 100000 times alloc and close").isLessThan(10_000);
        }
    }

    private static void turnOver(LocalPool pool, int times) {
        for (int i = 0; i < times; i++) {
            Page a = pool.alloc();
            Page b = pool.alloc();
            a.close();
            b.close();
            pool.maintain();
        }
    }

    /**
     * Against a set of addresses: a page is in one place at a time, and its bytes are its holder's
     * alone.
     */
    @Test
    void noPageIsEverInTwoHands() {
        for (long seed = 1; seed <= 30; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            try (LocalPool pool = new LocalPool(4096, 4, 8)) {
                List<Page> out = new ArrayList<>();
                Set<Long> addresses = new HashSet<>();
                for (int i = 0; i < 500; i++) {
                    if (out.isEmpty() || random.nextInt(5) > 1 && out.size() < 20) {
                        Page page = pool.alloc();
                        assertThat(addresses.add(page.memory().address()))
                                .as("seed %d", seed)
                                .isTrue();
                        page.memory().set(ValueLayout.JAVA_LONG, 0, page.memory().address());
                        out.add(page);
                    } else {
                        Page page = out.remove(random.nextInt(out.size()));
                        long address = page.memory().address();
                        assertThat(page.memory().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(address);
                        addresses.remove(address);
                        page.close();
                    }
                    assertThat(pool.cached()).isLessThanOrEqualTo(8);
                }
                out.forEach(Page::close);
            }
        }
    }

    /**
     * Several threads close what one allocates, and the pool closes in the middle: every page is
     * freed once.
     */
    @Test
    void pagesTravelAndThePoolClosesUnderThem() throws InterruptedException {
        for (int round = 0; round < 8; round++) {
            ConcurrentLinkedQueue<Page> handed = new ConcurrentLinkedQueue<>();
            ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
            AtomicBoolean over = new AtomicBoolean();
            List<Thread> closers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Thread closer =
                        new Thread(() -> {
                            while (true) {
                                boolean last = over.get();
                                Page page = handed.poll();
                                if (page != null) {
                                    page.close();
                                } else if (last) {
                                    return;
                                } else {
                                    Thread.yield();
                                }
                            }
                        });
                closer.setUncaughtExceptionHandler((t, e) -> failures.add(e));
                closer.start();
                closers.add(closer);
            }
            Set<MemorySegment> all = new HashSet<>();
            LocalPool pool = new LocalPool(4096, 8, 64);
            for (int i = 0; i < 2_000; i++) {
                Page page = pool.alloc();
                all.add(page.memory());
                page.memory().set(ValueLayout.JAVA_LONG, 8, i);
                handed.add(page);
                if (i % 7 == 0) {
                    pool.maintain();
                }
            }
            pool.close();
            over.set(true);
            for (Thread closer : closers) {
                closer.join();
            }
            assertThat(failures).isEmpty();
            assertThat(all).allMatch(m -> !m.scope().isAlive());
        }
    }
}
