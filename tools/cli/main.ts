import { createProgram, runProgram } from '../../src/cli/program.ts';
import { bench } from './bench.ts';
import { evaluate } from './evaluate.ts';
import { sample } from './sample.ts';

/** The commands that only developers need; they are not part of what is published. */
const program = createProgram();
program
  .command('sample <folder>', 'Draw a sample library with known characters')
  .option('--characters <n>', 'How many characters', { default: 12 })
  .option('--images <n>', 'How many images', { default: 120 })
  .option('--seed <n>', 'Another seed draws other pictures', { default: 1 })
  .action(sample);
program
  .command('eval', 'Measure the models on labelled pictures')
  .option('--data <folder>', 'Labelled pictures (default: ../shared/eval)')
  .option('--limit <n>', 'At most so many pictures of every split and set')
  .option('--json', 'Print JSON')
  .option('--write', 'Write EVALUATION.md beside the models; a full run does so by itself')
  .example((name) => `${name} eval --data labelled --limit 100`)
  .action(evaluate);
program
  .command('bench', 'Measure speed and memory, as ratios within one run')
  .option(
    '--only <parts>',
    'Of throughput, rescan, search, moves and shared, with commas (default: the first three)',
  )
  .option('--images <n>', 'Pictures drawn for the throughput', { default: 120 })
  .option('--rounds <n>', 'Rounds of the throughput', { default: 5 })
  .option('--files <list>', 'Files of the libraries that are opened again', { default: '10000' })
  .option('--faces <list>', 'Faces of the libraries searched', { default: '10000,100000,300000' })
  .option('--against <commit>', 'The engine that the moves are compared with (default: 924d076)')
  .option('--write <file>', 'Write the report there as well')
  .example((name) => `${name} bench --only search --faces 1000000`)
  .action(bench);

await runProgram(program);
