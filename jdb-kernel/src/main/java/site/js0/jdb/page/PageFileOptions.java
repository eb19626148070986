package site.js0.jdb.page;

import site.js0.jdb.layout.PageHeader;

/**
 * How a pages file grows.
 *
 * @param firstExtentPages the least that is added at a time, in pages
 * @param maxExtentPages the most; in between an eighth of the file
 * @param reservePages pages kept back for one bounded merge step on a full disk: as many as that
 *     step may write before a checkpoint gives back what it replaced
 */
public record PageFileOptions(int firstExtentPages, int maxExtentPages, int reservePages) {
    /** 1 to 16 MiB at a time, 1 MiB in reserve. */
    public static final PageFileOptions DEFAULT =
            new PageFileOptions(
                    (1 << 20) / PageHeader.PAGE_BYTES,
                    (16 << 20) / PageHeader.PAGE_BYTES,
                    (1 << 20) / PageHeader.PAGE_BYTES);

    public PageFileOptions {
        assert firstExtentPages >= 1;
        assert maxExtentPages >= firstExtentPages;
        assert reservePages >= 0;
    }
}
