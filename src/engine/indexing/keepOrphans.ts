/** How long is kept what no file shows any more, in milliseconds: 30 days. */
export const keepOrphansMs = 30 * 24 * 60 * 60 * 1000;
