import { expect, test } from 'vitest'
import { fakePhotos } from '../backend/fake/photos'
import { averageColour, countNew, decodeIndex, encodeIndex, findRow } from './photo-index'

test('an index comes back as it was written', () => {
  const { index } = fakePhotos(333)
  const copy = decodeIndex(encodeIndex(index))
  expect(copy).toEqual(index)
  expect(findRow(copy, 333)).toBe(0)
  expect(findRow(copy, 4_000)).toBe(-1)
  expect(averageColour(copy, 0)).toBe(`rgb(${index.rgb[0]} ${index.rgb[1]} ${index.rgb[2]})`)
})

test('the bytes are those of the contract', () => {
  const bytes = new Uint8Array(encodeIndex(fakePhotos(2).index))
  expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('ALBI')
  const view = new DataView(bytes.buffer)
  expect(view.getUint32(4, true)).toBe(1)
  expect(view.getUint32(8, true)).toBe(2)
  expect(view.getUint32(16, true)).toBe(2) // row of the first photo
  expect(bytes.length).toBe(16 + 2 * (4 + 4 + 2 + 1 + 3))
})

test('what is not an index is refused', () => {
  const good = encodeIndex(fakePhotos(3).index)
  expect(() => decodeIndex(new ArrayBuffer(3))).toThrow(/cut short/)
  expect(() => decodeIndex(good.slice(0, good.byteLength - 1))).toThrow(/length/)
  const other = good.slice(0)
  new DataView(other).setUint32(4, 9, true)
  expect(() => decodeIndex(other)).toThrow(/version 9/)
  new DataView(other).setUint32(0, 1, true)
  expect(() => decodeIndex(other)).toThrow(/begin/)
})

test('new photos are those whose row was not there', () => {
  const before = fakePhotos(10).index
  expect(countNew(before, fakePhotos(13).index)).toBe(3)
  expect(countNew(before, before)).toBe(0)
})
