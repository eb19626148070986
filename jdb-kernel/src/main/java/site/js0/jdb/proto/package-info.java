/**
 * Requests and responses (L0): what callers and shards say to each other, and the channels between.
 *
 * <p>Owner: a request belongs to its caller until it is sent, then to the shard until it is
 * answered.
 *
 * <p>Stands on {@code comm} and {@code layout}. Serves {@code tablet}, {@code runtime} and {@code
 * api}.
 */
@NullMarked
package site.js0.jdb.proto;

import org.jspecify.annotations.NullMarked;
