package site.js0.jdb.fs.uring;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import site.js0.jdb.fs.IoOp;
import site.js0.jdb.fs.ThreadAffinity;

/**
 * The helper thread that runs blocking tasks, one after the other in the order they came. Started
 * by the first of them.
 *
 * <p>Two lock-free stacks join it with the driver's owner, each taken whole and turned round by its
 * only reader: {@code queued} (owner to helper) and {@code finished} (helper to owner).
 */
final class TaskThread {
    /** A task on its way, and how it ended. */
    private static final class Node {
        final IoOp op;
        @Nullable Throwable failure;
        @Nullable Node next;

        Node(IoOp op) {
            this.op = op;
        }
    }

    /** What the owner is handed: the operation and, when it failed, why. */
    @FunctionalInterface
    interface Finisher {
        void finish(IoOp op, @Nullable Throwable failure);
    }

    private final String name;
    private final Runnable wakeOwner;

    /** Of whoever made the driver: the thread that starts the helper may be pinned. */
    private final List<Integer> cpus = ThreadAffinity.allowed();

    private final AtomicReference<@Nullable Node> queued = new AtomicReference<>();
    private final AtomicReference<@Nullable Node> finished = new AtomicReference<>();

    /** Owner's: finished tasks in order, not handed over yet. */
    private @Nullable Node ready;

    private @Nullable Thread thread;
    private volatile boolean closing;

    TaskThread(String name, Runnable wakeOwner) {
        this.name = name;
        this.wakeOwner = wakeOwner;
    }

    /** Owner: queues a task. */
    void run(IoOp op) {
        push(queued, new Node(op));
        Thread helper = thread;
        if (helper == null) {
            helper = Thread.ofPlatform().name(name + "-tasks").daemon().unstarted(this::loop);
            thread = helper;
            helper.start();
        } else {
            LockSupport.unpark(helper);
        }
    }

    private void loop() {
        ThreadAffinity.allow(cpus);
        while (true) {
            boolean last = closing; // read first: what was queued before closing is run
            Node node = takeAll(queued);
            if (node == null) {
                if (last) {
                    return;
                }
                LockSupport.park(this);
                // An interrupt, which only a task can have caused, must not make every park return
                // at once.
                Thread.interrupted();
            }
            while (node != null) {
                Node next = node.next;
                runOne(node);
                push(finished, node);
                wakeOwner.run();
                node = next;
            }
        }
    }

    @SuppressWarnings("CatchAndPrintStackTrace")
    private static void runOne(Node node) {
        try {
            node.op.runTask();
        } catch (
                Throwable e) { // delivered with the completion, Errors too: the helper must live on
            node.failure = e;
        }
    }

    /** Owner: whether {@link #finish} would find something. */
    boolean anyFinished() {
        return ready != null || finished.get() != null;
    }

    /** Owner: hands over at most {@code max} finished tasks; answers how many. */
    int finish(int max, Finisher finisher) {
        int count = 0;
        while (count < max) {
            if (ready == null) {
                ready = takeAll(finished);
            }
            Node node = ready;
            if (node == null) {
                break;
            }
            ready = node.next;
            count++;
            finisher.finish(node.op, node.failure);
        }
        return count;
    }

    /** Runs what is queued to its end and stops the thread. */
    void close() {
        closing = true;
        Thread helper = thread;
        if (helper != null) {
            LockSupport.unpark(helper);
            boolean interrupted = false;
            while (helper.isAlive()) {
                try {
                    helper.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void push(AtomicReference<@Nullable Node> stack, Node node) {
        Node head;
        do {
            head = stack.get();
            node.next = head;
        } while (!stack.compareAndSet(head, node));
    }

    /** Everything on the stack, oldest first. */
    private static @Nullable Node takeAll(AtomicReference<@Nullable Node> stack) {
        Node node = stack.getAndSet(null);
        Node oldest = null;
        while (node != null) {
            Node next = node.next;
            node.next = oldest;
            oldest = node;
            node = next;
        }
        return oldest;
    }
}
