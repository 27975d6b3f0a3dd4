import { describe, expect, test } from 'vitest'
import en from './en.json'
import zhCN from './zh-CN.json'

const english: Record<string, string> = en
const chinese: Record<string, string> = zhCN
const keys = Object.keys(english)

/** Every code that the program's errors may carry. */
const ERROR_CODES = `server_unreachable wrong_password device_revoked folder_missing
  folder_unreadable folder_overlaps folder_not_absolute profile_in_use service_failed
  keychain_unavailable space_missing album_name_invalid ignore_rule_invalid no_permission
  quota_reached file_name_invalid file_type_not_allowed file_unreadable file_busy file_changed
  file_missing
  store_full store_unreachable checksum_mismatch token_invalid bad_request internal name_clash
  certificate_invalid certificate_unknown no_authority restart_needed clock_wrong
  program_too_old service_too_old pairing_code_wrong pairing_over pairing_link_invalid
  too_many_tries connection_insecure
  library_service_unreachable library_secret_wrong library_service_untrusted
  library_service_insecure library_exists recovery_kit_wrong backup_damaged seal_key_wrong
  database_not_empty no_services account_disabled
  code_invalid second_factor_needed second_factor_wrong second_factor_on second_factor_off
  account_exists person_missing account_unsuitable registration_closed openid_not_offered
  identity_provider_unreachable identity_refused identity_unknown identity_flow_over identity_bound
  identity_not_bound last_way_in password_set identity_other identity_not_fresh`.split(/\s+/)

function placeholders(text: string): string[] {
  return (text.match(/\{\w+\}/g) ?? []).sort()
}

test('both catalogues have the same keys', () => {
  expect(Object.keys(chinese).sort()).toEqual([...keys].sort())
})

test('both languages say something under each key, with the same placeholders', () => {
  for (const key of keys) {
    const [a, b] = [english[key] ?? '', chinese[key] ?? '']
    expect(a.trim(), key).not.toBe('')
    expect(b.trim(), key).not.toBe('')
    expect(placeholders(b), key).toEqual(placeholders(a))
  }
})

test('every error has a title and a next step', () => {
  for (const code of ERROR_CODES) {
    for (const part of ['title', 'hint']) expect(keys).toContain(`error.${code}.${part}`)
  }
})

test('a text with one form for one has another for many', () => {
  const one = keys.filter((key) => key.endsWith('.one')).map((key) => key.slice(0, -4))
  const other = keys.filter((key) => key.endsWith('.other')).map((key) => key.slice(0, -6))
  expect(one).toEqual(other)
  for (const base of one) expect(english[`${base}.one`]).toContain('{count}')
})

describe('the Chinese catalogue', () => {
  test('uses the words of the service', () => {
    const all = Object.values(chinese).join('\n')
    for (const wrong of ['相册', '图库管理', '影集', '令牌桶', '客户端识别']) {
      expect(all).not.toContain(wrong)
    }
    for (const right of ['媒体库', '空间', '相簿', '设备', '访问令牌']) expect(all).toContain(right)
  })

  test('uses full-width punctuation', () => {
    const narrow = /[\u4e00-\u9fff}][,;:?!()]|[,;:?!()][\u4e00-\u9fff]/ // commands may use it
    const wrong = Object.entries(chinese).filter(([, text]) => narrow.test(text))
    expect(wrong).toEqual([])
  })

  test('is in Chinese', () => {
    const latin = Object.entries(chinese).filter(([, text]) => !/[\u4e00-\u9fff]/.test(text))
    const allowed = [
      'app.name',
      'common.comma',
      'lang.en',
      'unit.of',
      'target.spaceOption',
      'sync.leftWithSize',
      'info.pixels',
      'error.joined',
    ]
    const pages = latin.map(([key]) => key).filter((key) => !key.startsWith('cli.'))
    expect(pages).toEqual(allowed)
  })
})
