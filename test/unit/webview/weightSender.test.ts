import { expect, test } from 'vitest';
import { WeightSender } from '../../../webview/state/weightSender.ts';

/** Frames that come when the test says so, and requests that it settles. */
function setUp() {
  const sent: number[] = [];
  const frames: (() => void)[] = [];
  const settle: (() => void)[] = [];
  const sender = new WeightSender(
    (weight) => {
      sent.push(weight);
      return new Promise((resolve) => settle.push(resolve));
    },
    (callback) => frames.push(callback),
  );
  return { sender, sent, frame: () => frames.shift()?.(), settle: () => settle.shift()?.() };
}

test('only the newest weight of a frame is sent', () => {
  const { sender, sent, frame } = setUp();
  sender.send(0.9);
  sender.send(0.8);
  sender.send(0.7);
  frame();
  expect(sent).toEqual([0.7]);
  sender.send(0.6);
  frame();
  frame();
  expect(sent).toEqual([0.7, 0.6]);
});

test('the weight counts as chosen until the host has it', () => {
  const { sender, frame } = setUp();
  sender.send(0.7);
  frame();
  sender.confirm(0.9);
  expect(sender.pending).toBe(0.7);
  sender.confirm(0.7);
  expect(sender.pending).toBeNull();
});

test('an older weight that comes back does not move the slider', () => {
  const { sender, frame } = setUp();
  sender.send(0.7);
  frame();
  sender.send(0.5);
  sender.confirm(0.7);
  expect(sender.pending).toBe(0.5);
});

test("a settled request gives the host's weight its place again", async () => {
  const { sender, frame, settle } = setUp();
  sender.send(0.7);
  frame();
  settle();
  await Promise.resolve();
  await Promise.resolve();
  expect(sender.pending).toBeNull();
});
