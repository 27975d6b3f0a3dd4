// Turns a row of speeds into the outline of a drawing.

export interface Sparkline {
  line: string
  area: string
}

/** Paths for values from the oldest to the newest, from edge to edge. */
export function sparkline(values: readonly number[], width: number, height: number): Sparkline {
  if (values.length < 2) return { line: '', area: '' }
  const top = Math.max(1, ...values)
  const step = width / (values.length - 1)
  const points = values.map((value, i) => {
    const y = height - 1 - (Math.max(0, value) / top) * (height - 2)
    return `${(i * step).toFixed(1)} ${y.toFixed(1)}`
  })
  const line = `M${points.join('L')}`
  return { line, area: `${line}V${height}H0Z` }
}
