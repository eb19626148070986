package site.js0.jdb.cli.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Byte strings as text, both ways. {@code decode(encode(b))} is {@code b} for every {@code b}, in
 * each {@link Format} but raw.
 *
 * <pre>
 *  text            bytes
 *  anything else   the text itself, in UTF-8; backslashes mean nothing
 *  text:a\x00\n    text with escapes: \\ \n \r \t \0 \, \xHH (a byte), &#92;uHHHH (a character)
 *  hex:00ff        two digits a byte
 *  base64:AP8=     standard or URL-safe alphabet, padded or not
 *  cols:a,b        the columns of a composite key ({@link TupleKey}), with the escapes of text:
 * </pre>
 */
public final class ByteText {
    /** How bytes are printed. */
    public enum Format {
        /** As it is when that is readable, else as {@code text:} or {@code cols:}. */
        TEXT,
        /** {@code hex:}. */
        HEX,
        /** {@code base64:}. */
        BASE64,
        /** The bytes themselves: exact, for files and pipes. */
        RAW
    }

    private static final String TEXT = "text:";
    private static final String HEX = "hex:";
    private static final String BASE64 = "base64:";
    private static final String COLS = "cols:";
    private static final List<String> PREFIXES = List.of(TEXT, HEX, BASE64, COLS);

    private ByteText() {}

    /**
     * The bytes that {@code text} says.
     *
     * @throws TextException when it does not follow the rules of its prefix
     */
    public static byte[] decode(String text) {
        if (text.startsWith(HEX)) {
            return decodeHex(text.substring(HEX.length()));
        }
        if (text.startsWith(BASE64)) {
            return decodeBase64(text.substring(BASE64.length()));
        }
        if (text.startsWith(TEXT)) {
            return unescape(text, TEXT.length(), false).get(0);
        }
        if (text.startsWith(COLS)) {
            return TupleKey.encode(unescape(text, COLS.length(), true));
        }
        return utf8(text);
    }

    /**
     * {@code bytes} in {@code format}; for {@link Format#RAW} as in TEXT: bytes that go to a stream
     * need no text.
     */
    public static String encode(byte[] bytes, Format format) {
        return switch (format) {
            case TEXT, RAW -> encodeText(bytes);
            case HEX -> HEX + HexFormat.of().formatHex(bytes);
            case BASE64 -> BASE64 + Base64.getEncoder().encodeToString(bytes);
        };
    }

    /**
     * {@code bytes} readably, in a form that {@link #decode} takes back and that stays on one line
     * without tabs.
     */
    public static String encodeText(byte[] bytes) {
        StringBuilder plain = new StringBuilder(bytes.length);
        boolean escaped = escapeTo(plain, bytes, "");
        if (!escaped && isSafePlain(plain)) {
            return plain.toString();
        }
        String columns = encodeColumns(TupleKey.decode(bytes));
        if (!columns.isEmpty()) {
            return columns;
        }
        StringBuilder out = new StringBuilder(TEXT);
        escapeTo(out, bytes, "\\");
        return out.toString();
    }

    /**
     * A composite key in {@code cols:}; empty when it only looks like one by chance: with a column
     * that is not readable, or nothing in the first.
     */
    private static String encodeColumns(List<byte[]> columns) {
        if (columns.isEmpty() || columns.get(0).length == 0) {
            return "";
        }
        StringBuilder out = new StringBuilder(COLS);
        boolean escaped = false;
        for (int i = 0; i < columns.size(); i++) {
            if (i > 0) {
                out.append(',');
            }
            escaped |= escapeTo(out, columns.get(i), "\\,");
        }
        return escaped ? "" : out.toString();
    }

    /**
     * {@code bytes} as the content of a JSON string (which has escapes of its own): the text when
     * it is UTF-8 and could not be taken for one of our notations, else {@code base64:}. {@link
     * #decode} takes it back.
     */
    public static String encodeForJson(byte[] bytes) {
        try {
            String text = strictText(bytes);
            if (!hasPrefix(text)) {
                return text;
            }
        } catch (CharacterCodingException e) {
            // No text, so base64.
        }
        return BASE64 + Base64.getEncoder().encodeToString(bytes);
    }

    /**
     * {@code bytes} as text.
     *
     * @throws CharacterCodingException when they are not UTF-8
     */
    public static String strictText(byte[] bytes) throws CharacterCodingException {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }

    private static boolean hasPrefix(String text) {
        for (String prefix : PREFIXES) {
            if (text.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Nothing that a shell user would lose or that we would read differently: see decode, and
     * options.
     */
    private static boolean isSafePlain(CharSequence plain) {
        int length = plain.length();
        return length > 0
                && plain.charAt(0) != '-'
                && plain.charAt(0) != ' '
                && plain.charAt(length - 1) != ' '
                && !hasPrefix(plain.toString());
    }

    // ---- decoding

    private static byte[] utf8(String text) {
        try {
            ByteBuffer out = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[out.remaining()];
            out.get(bytes);
            return bytes;
        } catch (CharacterCodingException e) {
            throw new TextException(
                    "expected text in Unicode, got half of a character pair; give the bytes as hex: instead");
        }
    }

    private static byte[] decodeHex(String digits) {
        for (int i = 0; i < digits.length(); i++) {
            if (!HexFormat.isHexDigit(digits.charAt(i))) {
                throw new TextException(
                        "hex: expected digits 0-9 and a-f, got '"
                                + digits.charAt(i)
                                + "' at position "
                                + (i + 1));
            }
        }
        if (digits.length() % 2 != 0) {
            throw new TextException(
                    "hex: expected two digits for each byte, got " + digits.length() + " digits");
        }
        return HexFormat.of().parseHex(digits);
    }

    private static byte[] decodeBase64(String text) {
        try {
            return Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
        } catch (IllegalArgumentException e) {
            throw new TextException(
                    "base64: expected base64, got " + shorten(text) + " (" + e.getMessage() + ")");
        }
    }

    /** Reads escapes from {@code text[from..]}; splits at commas when {@code columns}. */
    private static List<byte[]> unescape(String text, int from, boolean columns) {
        List<byte[]> parts = new ArrayList<>();
        ByteArrayOutputStream part = new ByteArrayOutputStream();
        StringBuilder run =
                new StringBuilder(); // characters not yet turned into bytes: pairs must stay
        // together
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (columns && c == ',') {
                flush(run, part);
                parts.add(part.toByteArray());
                part.reset();
                continue;
            }
            if (c != '\\') {
                run.append(c);
                continue;
            }
            if (++i == text.length()) {
                throw new TextException(
                        "expected an escape after the backslash at the end; write \\\\ for a backslash");
            }
            switch (text.charAt(i)) {
                case '\\' -> run.append('\\');
                case ',' -> run.append(',');
                case 'n' -> run.append('\n');
                case 'r' -> run.append('\r');
                case 't' -> run.append('\t');
                case '0' -> run.append('\0');
                case 'x' -> {
                    flush(run, part);
                    part.write(hexDigits(text, i, 2));
                    i += 2;
                }
                case 'u' -> {
                    run.append((char) hexDigits(text, i, 4));
                    i += 4;
                }
                default ->
                        throw new TextException(
                                "expected an escape, got \\"
                                        + text.charAt(i)
                                        + " at position "
                                        + (i - from)
                                        + "; known are \\\\ \\n \\r \\t \\0 \\, \\xHH and \\uHHHH");
            }
        }
        flush(run, part);
        parts.add(part.toByteArray());
        return parts;
    }

    private static void flush(StringBuilder run, ByteArrayOutputStream out) {
        out.writeBytes(utf8(run.toString()));
        run.setLength(0);
    }

    private static int hexDigits(String text, int at, int count) {
        int end = at + 1 + count;
        String digits = text.substring(at + 1, Math.min(end, text.length()));
        if (digits.length() == count && digits.chars().allMatch(HexFormat::isHexDigit)) {
            return HexFormat.fromHexDigits(digits);
        }
        throw new TextException(
                "\\"
                        + text.charAt(at)
                        + ": expected "
                        + count
                        + " hexadecimal digits, got '"
                        + digits
                        + "'");
    }

    private static String shorten(String text) {
        return text.length() <= 40 ? "'" + text + "'" : "'" + text.substring(0, 40) + "...'";
    }

    // ---- encoding

    /**
     * Appends {@code bytes}, what is not printable as escapes; so too the characters of {@code
     * special} and, when there are any, spaces at the ends. True when an escape other than those
     * was needed.
     */
    private static boolean escapeTo(StringBuilder out, byte[] bytes, String special) {
        boolean escaped = false;
        int i = 0;
        while (i < bytes.length) {
            int length = sequenceLength(bytes, i);
            int codePoint = length == 0 ? -1 : codePointAt(bytes, i, length);
            if (length == 0) {
                length = 1;
            }
            if (codePoint >= 0 && special.indexOf(codePoint) >= 0) {
                out.append('\\').append((char) codePoint);
            } else if (!special.isEmpty()
                    && codePoint == ' '
                    && (i == 0 || i == bytes.length - 1)) {
                out.append("\\x20");
            } else if (codePoint >= 0 && isPrintable(codePoint)) {
                out.appendCodePoint(codePoint);
            } else {
                escaped = true;
                switch (codePoint) {
                    case '\n' -> out.append("\\n");
                    case '\r' -> out.append("\\r");
                    case '\t' -> out.append("\\t");
                    default -> {
                        for (int k = 0; k < length; k++) {
                            out.append("\\x").append(HexFormat.of().toHexDigits(bytes[i + k]));
                        }
                    }
                }
            }
            i += length;
        }
        return escaped;
    }

    /**
     * What every terminal shows as itself; spaces other than the common one look like it and are
     * escaped.
     */
    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.SPACE_SEPARATOR -> codePoint == ' ';
            default -> true;
        };
    }

    /**
     * Length of the well-formed UTF-8 sequence at {@code at}, 0 when there is none (Unicode
     * standard, table 3-7).
     */
    private static int sequenceLength(byte[] b, int at) {
        int first = b[at] & 0xFF;
        if (first < 0x80) {
            return 1;
        }
        int length = first >= 0xC2 && first <= 0xDF ? 2 : first >= 0xE0 && first <= 0xEF ? 3 : 4;
        if (first < 0xC2 || first > 0xF4 || at + length > b.length) {
            return 0;
        }
        int second = b[at + 1] & 0xFF;
        int low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < low || second > high) {
            return 0;
        }
        for (int k = 2; k < length; k++) {
            if ((b[at + k] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }

    private static int codePointAt(byte[] b, int at, int length) {
        return switch (length) {
            case 1 -> b[at];
            case 2 -> (b[at] & 0x1F) << 6 | b[at + 1] & 0x3F;
            case 3 -> (b[at] & 0x0F) << 12 | (b[at + 1] & 0x3F) << 6 | b[at + 2] & 0x3F;
            default ->
                    (b[at] & 0x07) << 18
                            | (b[at + 1] & 0x3F) << 12
                            | (b[at + 2] & 0x3F) << 6
                            | b[at + 3] & 0x3F;
        };
    }
}
