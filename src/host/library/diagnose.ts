import type { Check } from '../../protocol/doctorReport.ts';
import type { Failure } from '../../protocol/failureSchema.ts';
import type { EngineClient } from '../client/engineClient.ts';

/** What the engine found out about its parts, or why it does not answer. */
export interface Diagnosis {
  readonly ok: boolean;
  readonly checks: readonly DiagnosisCheck[];
}

export type DiagnosisCheck =
  | Check
  | { readonly part: 'engine'; readonly facts: null; readonly failure: Failure | null };

/** The engine's own diagnosis, or why there is no engine to make one. */
export async function diagnose(engine: EngineClient): Promise<Diagnosis> {
  try {
    return await engine.request('doctor', null);
  } catch (error) {
    const { failure } = engine;
    if (failure === null) {
      throw error;
    }
    return { ok: false, checks: [{ part: 'engine', facts: null, failure }] };
  }
}
