package site.js0.jdb.comm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ValueTypesTest {
    @Test
    void boundsAreTakenAndWhatIsBeyondIsRefused() {
        assertThat(new TableId(1).value()).isEqualTo(1);
        assertThat(new TableId(Integer.MAX_VALUE).value()).isEqualTo(Integer.MAX_VALUE);
        refused(() -> new TableId(0), "table");
        refused(() -> new TableId(-1), "table");
        assertThat(new VNodeId(0).value()).isZero();
        assertThat(new VNodeId(4095).value()).isEqualTo(4095);
        refused(() -> new VNodeId(-1), "vnode");
        refused(() -> new VNodeId(4096), "4095");
        assertThat(new PageId(1).value()).isEqualTo(1);
        refused(() -> new PageId(0), "page");
        assertThat(new Timestamp(0).value()).isZero();
        refused(() -> new Timestamp(-1), "timestamp");
        assertThat(new Lsn(1).value()).isEqualTo(1);
        refused(() -> new Lsn(0), "lsn");
    }

    @Test
    void orderIsThatOfTheNumbers() {
        assertThat(new TableId(1)).isLessThan(new TableId(2));
        assertThat(new VNodeId(1)).isLessThan(new VNodeId(2));
        assertThat(new PageId(1)).isLessThan(new PageId(Long.MAX_VALUE));
        assertThat(new Timestamp(0)).isLessThan(new Timestamp(Long.MAX_VALUE));
        assertThat(new Lsn(9)).isLessThan(new Lsn(10)).isEqualTo(new Lsn(9)).hasToString("lsn 9");
    }

    private static void refused(ThrowingCallable make, String says) {
        assertThatThrownBy(make)
                .isInstanceOfSatisfying(
                        JdbException.class,
                        e -> assertThat(e.error()).isInstanceOf(JdbError.BadArgument.class))
                .hasMessageContaining(says);
    }
}
