package site.js0.jdb.comm;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Arbitrary bytes in messages: as quoted text when they are plain UTF-8, else as {@code hex:...}.
 */
public final class Printable {
    private Printable() {}

    public static String of(byte[] bytes) {
        try {
            String text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes))
                            .toString();
            if (text.chars().noneMatch(Character::isISOControl)) {
                return '"' + text + '"';
            }
        } catch (CharacterCodingException e) {
            // not text: hexadecimal says it exactly
        }
        return "hex:" + HexFormat.of().formatHex(bytes);
    }
}
