package site.js0.jdb.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import site.js0.jdb.comm.JdbException;
import site.js0.jdb.comm.JdbOptions;

/**
 * Another process at a database. Arguments: {@code hold PATH} opens it, says so, and holds it until
 * its input ends; {@code try PATH} opens and closes it, and says how that went; {@code fill PATH
 * ROWS} writes rows, the values large and small, and dies without closing.
 */
final class HolderChild {
    static final JdbOptions OPTIONS =
            JdbOptions.defaults()
                    .withMemory(KernelFixture.MEMORY)
                    .withShards(1)
                    .withVnodes(2)
                    .withWalSegmentBytes(64 << 10);

    private HolderChild() {}

    public static void main(String[] args) throws IOException {
        try {
            Jdb jdb = Jdb.open(Path.of(args[1]), OPTIONS);
            if (args[0].equals("fill")) {
                fill(jdb.database("d").table("t"), Integer.parseInt(args[2]));
                Runtime.getRuntime().halt(0);
            }
            System.out.println("open");
            if (args[0].equals("hold")) {
                while (System.in.read() >= 0) {}
            }
            jdb.close();
        } catch (JdbException e) {
            System.out.println(e.getMessage());
        }
    }

    private static void fill(Table table, int rows) {
        for (int i = 0; i < rows; i++) {
            table.put(KernelFixture.key(i), value(i));
        }
    }

    /** Every tenth goes to the value log. */
    static byte[] value(int i) {
        byte[] value = new byte[i % 10 == 3 ? 3000 : 100];
        value[0] = (byte) i;
        value[value.length - 1] = (byte) (i >> 8);
        return value;
    }

    static Process start(String... args) throws IOException {
        return new ProcessBuilder(KernelFixture.childCommand(List.of(), HolderChild.class, args))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Runs it to its end; answers what it said. */
    static String run(String... args) throws IOException, InterruptedException {
        Process child = start(args);
        String said =
                new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (child.waitFor() != 0) {
            throw new AssertionError("the child ended with " + child.exitValue() + ": " + said);
        }
        return said;
    }
}
