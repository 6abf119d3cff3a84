/** `value / 10^decimals` without zeros at the end. */
export const decimal = (value: bigint, decimals: number): string => {
  if (value < 0n) return `-${decimal(-value, decimals)}`;
  const digits = value.toString().padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, '');
};

/** The reverse: the decimal times 10^decimals. */
export const scaled = (text: string, decimals: number): bigint => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const value = BigInt(whole + fraction.padEnd(decimals, '0'));
  return text.startsWith('-') ? -value : value;
};
