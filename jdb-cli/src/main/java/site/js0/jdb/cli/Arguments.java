package site.js0.jdb.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import site.js0.jdb.cli.text.ByteText;
import site.js0.jdb.cli.text.TextException;

/** Arguments as they were typed, and the bytes that they say. */
final class Arguments {
    static final String NOTATION =
            "Keys, values and names are taken as they are, in UTF-8, or as hex:00ff, base64:AP8=,"
                    + " text:with\\x00\\nescapes, cols:a,b (columns of a composite key).";

    private Arguments() {}

    /** The bytes that argument {@code name} says. */
    static byte[] bytes(String name, String text) {
        try {
            return ByteText.decode(text);
        } catch (TextException e) {
            throw CliException.usage(name + ": " + e.getMessage(), NOTATION);
        }
    }

    /**
     * The process's arguments without the locale's harm: what Java cannot decode (in the C locale
     * all that is not ASCII, elsewhere what is no UTF-8) arrives as U+FFFD, and would be stored so.
     * Then they are read again, strictly as UTF-8, from where Linux keeps them.
     */
    static String[] faithful(String[] args) {
        boolean utf8 = "UTF-8".equalsIgnoreCase(System.getProperty("sun.jnu.encoding"));
        if (!anyAtLeast(utf8 ? '\uFFFD' : '\u0080', args)) {
            return args;
        }
        try {
            List<String> all = split(Files.readAllBytes(Path.of("/proc/self/cmdline")));
            if (all.size() >= args.length) {
                return all.subList(all.size() - args.length, all.size()).toArray(String[]::new);
            }
        } catch (CharacterCodingException e) {
            throw CliException.usage(
                    "the command line has bytes that are no UTF-8",
                    "Give such keys and values as hex: instead.");
        } catch (IOException e) {
            // No /proc: then Java's reading has to do.
        }
        return args;
    }

    private static boolean anyAtLeast(char lowest, String[] args) {
        for (String arg : args) {
            if (arg.chars().anyMatch(c -> c >= lowest)) {
                return true;
            }
        }
        return false;
    }

    private static List<String> split(byte[] zeroTerminated) throws CharacterCodingException {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < zeroTerminated.length; i++) {
            if (zeroTerminated[i] == 0) {
                parts.add(
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .decode(ByteBuffer.wrap(zeroTerminated, from, i - from))
                                .toString());
                from = i + 1;
            }
        }
        return parts;
    }
}
