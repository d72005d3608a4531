import type { DoctorReport } from '../../protocol/doctorReport.ts';
import type { EngineClient } from '../client/engineClient.ts';

/** The engine's own diagnosis, or why there is no engine to make one. */
export async function diagnose(engine: EngineClient): Promise<DoctorReport> {
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
