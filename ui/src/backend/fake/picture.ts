// Draws a small landscape for each made-up photo, in its own average colour.
import { random, type FakePhotos } from './photos'

type Colour = [number, number, number]

function shade(colour: Colour, by: number): string {
  return `rgb(${colour.map((c) => Math.max(0, Math.min(255, Math.round(c * by)))).join(' ')})`
}

/** Address of the picture, as an SVG in a data URL. */
export function fakePicture(photos: FakePhotos, row: number, size: number): string {
  const at = photos.at.get(row) ?? 0
  const { rgb, ratio: ratios } = photos.index
  const colour: Colour = [rgb[3 * at] ?? 0, rgb[3 * at + 1] ?? 0, rgb[3 * at + 2] ?? 0]
  const ratio = (ratios[at] ?? 1500) / 1000
  const width = Math.round(ratio >= 1 ? size : size * ratio)
  const height = Math.round(ratio >= 1 ? size / ratio : size)
  const next = random(row * 2654435761)
  const horizon = height * (0.45 + 0.25 * next())
  const hills = [0, 1, 2].map((depth) => {
    const base = horizon + (height - horizon) * (0.1 + depth * 0.28)
    const rise = height * (0.26 - depth * 0.05)
    const points = [0, 0.2, 0.4, 0.6, 0.8, 1].map((x) => {
      return `${Math.round(x * width)} ${Math.round(base - rise * next())}`
    })
    const path = `M0 ${height}L${points.join('L')}L${width} ${height}Z`
    return `<path d="${path}" fill="${shade(colour, 0.86 - depth * 0.22)}"/>`
  })
  const sun = `<circle cx="${Math.round(width * (0.15 + 0.7 * next()))}" cy="${Math.round(
    horizon * (0.25 + 0.5 * next()),
  )}" r="${Math.round(height * 0.07)}" fill="${shade(colour, 2.1)}"/>`
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<linearGradient id="s" x2="0" y2="1"><stop stop-color="${shade(colour, 1.15)}"/>` +
    `<stop offset="1" stop-color="${shade(colour, 1.7)}"/></linearGradient>` +
    `<rect width="100%" height="100%" fill="url(#s)"/>${sun}${hills.join('')}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
