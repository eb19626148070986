package site.js0.jdb.memdisk;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Golden files as annotated hex: lines {@code offset: bytes # remark}, the offset in decimal; bytes
 * that no line names are zero.
 */
public final class GoldenHex {
    private GoldenHex() {}

    /** The {@code bytes} bytes that the resource {@code name} describes. */
    public static byte[] read(String name, int bytes) {
        String text;
        try (InputStream in = GoldenHex.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new AssertionError("no resource " + name);
            }
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        byte[] result = new byte[bytes];
        for (String line : text.lines().toList()) {
            String content = line.contains("#") ? line.substring(0, line.indexOf('#')) : line;
            if (content.isBlank()) {
                continue;
            }
            int colon = content.indexOf(':');
            int at = Integer.parseInt(content.substring(0, colon).strip());
            byte[] part =
                    HexFormat.of().parseHex(content.substring(colon + 1).replace(" ", "").strip());
            System.arraycopy(part, 0, result, at, part.length);
        }
        return result;
    }

    /** Where two byte strings differ first, for a message that helps; -1 when they are equal. */
    public static int firstDifference(byte[] a, byte[] b) {
        return Arrays.mismatch(a, b);
    }
}
