import { spawnSync } from 'node:child_process';

/** What the training of the models needs beyond npm packages, from Debian. */
export const trainingPackages = [
  'python3-torch',
  'python3-onnx',
  'python3-opencv',
  'python3-scipy',
];

/** The system's own Python: those packages are not seen by one installed beside it. */
export const trainingPython = process.env['PYTHON'] ?? '/usr/bin/python3';

/** @returns why the trainings cannot run here; null where they can */
export function findMissingTraining(): string | null {
  const { status, error } = spawnSync(trainingPython, ['-c', 'import torch, onnx, cv2, scipy'], {
    stdio: 'ignore',
  });
  if (error === undefined && status === 0) {
    return null;
  }
  return `${trainingPython} has no torch, onnx, cv2 and scipy. Install ${trainingPackages.join(', ')}, or set PYTHON.`;
}
