/** Writes a duration as people say it: `0.8 ms`, `34 s`, `5 min`. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

export function whole(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Writes an amount in millions; nothing known is a dash. */
export function dollars(amount: number | null): string {
  if (amount === null) return '–';
  return amount.toLocaleString('en-US', {
    style: 'currency',
    currency: 'USD',
    notation: 'compact',
    maximumFractionDigits: 1,
  });
}

export function orDash(value: string | number | null): string {
  return value === null ? '–' : String(value);
}
