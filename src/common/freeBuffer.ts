/**
 * Gives the memory behind the bytes back now. A decoded picture is megabytes behind an object of a
 * few words: left to the collector, they make it search the whole heap for every few pictures.
 *
 * Whoever still reads the bytes finds none, and a native reader reads freed memory: call it only
 * once all work on them has ended. Bytes that are a part of something larger stay.
 */
export function freeBuffer({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached && buffer.byteLength === byteLength) {
    buffer.transfer(0);
  }
}
