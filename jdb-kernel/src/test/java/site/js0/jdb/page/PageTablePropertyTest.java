package site.js0.jdb.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The page table against a map, with keys that cluster. */
class PageTablePropertyTest {
    @Test
    void behavesAsAMap() {
        for (long seed = 0; seed < 20; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int max = 1 + random.nextInt(300);
            PageTable table = new PageTable(max);
            Map<Long, Integer> model = new HashMap<>();
            List<Long> keys = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                long key = BufferPool.key(1 + random.nextInt(3), 1 + random.nextInt(max * 2));
                if (random.nextBoolean() && model.size() < max && !model.containsKey(key)) {
                    table.put(key, i);
                    model.put(key, i);
                    keys.add(key);
                } else if (!keys.isEmpty()) {
                    int at = random.nextInt(keys.size());
                    long gone = keys.get(at);
                    keys.set(at, keys.getLast());
                    keys.removeLast();
                    table.remove(gone);
                    model.remove(gone);
                }
                if (table.get(key) != model.getOrDefault(key, -1) || table.size() != model.size()) {
                    throw new AssertionError("seed " + seed + " step " + i);
                }
            }
            for (Map.Entry<Long, Integer> e : model.entrySet()) {
                assertThat(table.get(e.getKey())).as("seed %d", seed).isEqualTo(e.getValue());
            }
        }
    }
}
