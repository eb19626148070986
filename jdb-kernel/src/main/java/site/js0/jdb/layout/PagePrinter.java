package site.js0.jdb.layout;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A tree page as text, for {@code inspect} and for people who debug. Reads any 4 KiB: a page that
 * breaks a rule is printed with that rule, and as much of it as can be told. Stateless.
 */
public final class PagePrinter {
    private static final int KEY_BYTES_SHOWN = 64;
    private static final int VALUE_BYTES_SHOWN = 24;
    private static final HexFormat HEX = HexFormat.of();

    private PagePrinter() {}

    /** Lines of text; the first is the header. */
    public static String print(MemorySegment memory, long at) {
        final MemorySegment page = memory.asSlice(at, PageHeader.PAGE_BYTES);
        final StringBuilder out = new StringBuilder(4096);
        final int type = PageHeader.type(page, 0);
        out.append(
                "page %d: %s, format %d, level %d, vnode %d, count %d, prefix %d, crc32c %08x%n"
                        .formatted(
                                PageHeader.pageNo(page, 0),
                                name(type),
                                PageHeader.format(page, 0) & 0xff,
                                PageHeader.level(page, 0) & 0xff,
                                PageHeader.vnode(page, 0),
                                PageHeader.count(page, 0),
                                LeafPage.prefix(page, 0),
                                PageHeader.crc(page, 0)));
        if (type != PageHeader.TYPE_LEAF && type != PageHeader.TYPE_INNER) {
            return out.toString();
        }
        final String rule =
                type == PageHeader.TYPE_LEAF ? LeafPage.broken(page, 0) : InnerPage.broken(page, 0);
        if (rule != null) {
            out.append("  DAMAGED, does not hold: ").append(rule).append('\n');
        }
        if (type == PageHeader.TYPE_LEAF) {
            printLeaf(page, out);
        } else {
            printInner(page, out);
        }
        return out.toString();
    }

    private static String name(int type) {
        return switch (type) {
            case 0 -> "never written";
            case PageHeader.TYPE_LEAF -> "leaf";
            case PageHeader.TYPE_INNER -> "inner";
            case PageHeader.TYPE_META -> "meta";
            default -> "unknown type " + (type & 0xff);
        };
    }

    private static void printLeaf(MemorySegment page, StringBuilder out) {
        final int n = Math.min(PageHeader.count(page, 0), TreeLimits.CELLS_MAX);
        final int prefix = LeafPage.prefix(page, 0);
        for (int i = 0; i < n; i++) {
            out.append("  %3d ".formatted(i));
            final long cell = LeafPage.cell(page, 0, n, i);
            final int end = LeafPage.offset(page, 0, n, i + 1);
            final String key = key(page, LeafPage.heads(0), n, prefix, i, cell, end);
            if (key == null) {
                out.append("cell %d..%d is out of bounds%n".formatted(cell, end));
                continue;
            }
            final int header = KeyCells.headerAt(page, cell);
            final long value = cell + KeyCells.lead(header);
            out.append(key);
            if (KeyCells.timed(header)) {
                out.append(" @")
                        .append(
                                Long.toUnsignedString(
                                        KeyCells.timestamp(page, cell, header, LeafPage.BARE)));
            }
            out.append(' ')
                    .append(payload(page, KeyCells.kind(header), value, (int) (end - value)));
            out.append('\n');
        }
    }

    private static void printInner(MemorySegment page, StringBuilder out) {
        final int n = Math.min(PageHeader.count(page, 0), InnerPage.CHILDREN_MAX);
        final int prefix = Math.min(InnerPage.prefix(page, 0), PageHeader.PAGE_BYTES);
        for (int i = 0; i < n; i++) {
            final long ref = InnerPage.ref(0, i);
            out.append(
                    "  %3d -> page %d, crc32c %08x, "
                            .formatted(
                                    i,
                                    InnerPage.childNo(page, ref),
                                    InnerPage.childCrc(page, ref)));
            if (i == 0) {
                out.append("the lowest\n");
                continue;
            }
            final long heads = InnerPage.heads(0, n);
            final long cell = InnerPage.cell(page, 0, n, i);
            final int end = KeyCells.offset(page, heads, n - 1, i);
            final String key = key(page, heads, n - 1, prefix, i - 1, cell, end);
            if (key == null) {
                out.append("separator %d..%d is out of bounds%n".formatted(cell, end));
                continue;
            }
            final int header = KeyCells.headerAt(page, cell);
            out.append("from ").append(key);
            if (KeyCells.timed(header)) {
                out.append(" @")
                        .append(
                                Long.toUnsignedString(
                                        KeyCells.timestamp(page, cell, header, InnerPage.BARE)));
            }
            out.append('\n');
        }
    }

    /** The key of a cell, or null when it does not lie within cell and page. */
    private static @Nullable String key(
            MemorySegment page, long heads, int n, int prefix, int i, long cell, int end) {
        if (end > PageHeader.PAGE_BYTES || cell + KeyCells.HEADER_BYTES > end) {
            return null;
        }
        final int header = KeyCells.headerAt(page, cell);
        final int length = prefix + KeyCells.suffixLength(header);
        if (cell + KeyCells.lead(header) > end
                || KeyCells.prefixAt(heads, n) + prefix > PageHeader.PAGE_BYTES) {
            return null;
        }
        final byte[] key = new byte[length + KeyCells.HEAD_BYTES + KeyCells.PAD_BYTES];
        KeyCells.copyKey(page, 0, heads, n, prefix, i, MemorySegment.ofArray(key));
        return length <= KEY_BYTES_SHOWN
                ? HEX.formatHex(key, 0, length)
                : HEX.formatHex(key, 0, KEY_BYTES_SHOWN) + "...(" + length + " bytes)";
    }

    private static String payload(MemorySegment page, int kind, long at, int length) {
        return switch (kind) {
            case EntryKind.VALUE -> {
                final byte[] value = new byte[Math.min(length, VALUE_BYTES_SHOWN)];
                MemorySegment.copy(page, at, MemorySegment.ofArray(value), 0, value.length);
                yield "value "
                        + HEX.formatHex(value)
                        + (length > value.length ? "..." : "")
                        + " ("
                        + length
                        + " bytes)";
            }
            case EntryKind.POINTER ->
                    length == ValPtr.BYTES
                            ? ValPtr.read(page, at).toString()
                            : "a pointer of " + length + " bytes";
            case EntryKind.TOMBSTONE -> "deleted";
            default -> "kind 0";
        };
    }
}
