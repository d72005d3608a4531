import type { Fault } from '../support/round.ts';
import { clocks } from './clocks.ts';
import { damage } from './damage.ts';
import { decisionKills } from './decisionKills.ts';
import { disks } from './disks.ts';
import { indexDamage } from './indexDamage.ts';
import { interrupts } from './interrupts.ts';
import { kills } from './kills.ts';
import { twoEngines } from './twoEngines.ts';

export const allFaults: readonly Fault[] = [
  ...kills,
  ...disks,
  ...damage,
  ...indexDamage,
  ...clocks,
  ...twoEngines,
  ...interrupts,
  ...decisionKills,
];
