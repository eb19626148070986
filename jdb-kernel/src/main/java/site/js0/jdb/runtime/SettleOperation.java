package site.js0.jdb.runtime;

import site.js0.jdb.tablet.ShardStore;

/** Merges all that is in memory into the trees and checkpoints. */
final class SettleOperation extends Operation {
    @Override
    int step(ShardStore store) {
        return store.settle(this);
    }
}
