import { FamiliarError } from '../common/failure.ts';

/** An argument that cannot be used. */
export function wrongArgument(message: string): FamiliarError {
  return new FamiliarError('argument', message, { remedy: 'Run the command with --help.' });
}

/** @throws FamiliarError `argument` where the value is none of the allowed ones. */
export function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) {
    throw wrongArgument(
      `Expected --${name} to be one of ${allowed.join(', ')} but received ${value}.`,
    );
  }
  return found;
}

export interface Range {
  readonly from: number;
  readonly to: number;
  readonly whole: boolean;
}

/** @throws FamiliarError `argument` where the value is no number of the range. */
export function numberIn(name: string, value: unknown, { from, to, whole }: Range): number {
  const number = Number(value);
  if (number >= from && number <= to && (!whole || Number.isInteger(number))) {
    return number;
  }
  throw wrongArgument(
    `Expected --${name} to be a ${whole ? 'whole ' : ''}number from ${from} to ${to} but received ${value}.`,
  );
}
