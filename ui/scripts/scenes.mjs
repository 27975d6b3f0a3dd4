// Every screen and state of the pages over the stand-in: pictured by `screens.mjs`, and looked at
// by the tests in a real browser.

const testid = (id) => `[data-testid="${id}"]`

/** Waits for one of the page's parts. */
const there = (id) => (page) => page.waitForSelector(testid(id))

/** Does one thing after the other. */
const first =
  (...steps) =>
  async (page) => {
    for (const step of steps) await step(page)
  }

const click = (id) => (page) => page.click(testid(id))
const fill = (id, text) => (page) => page.fill(testid(id), text)
const press = (key) => (page) => page.keyboard.press(key)

/** Lets the stand-in tell another state of the backup. */
const tell = (change) => async (page) => {
  await page.waitForSelector(testid('mapping-card'))
  await page.evaluate((change) => {
    const fake = window.albumenDemo
    const { mapping, ...rest } = change
    const mappings = fake.overview.mappings.map((m) => ({ ...m, ...mapping }))
    fake.overview = { ...fake.overview, ...rest, mappings }
    fake.emit({ type: 'sync', overview: fake.overview })
  }, change)
}

const toFolder = first(click('onboarding-continue'), there('folder-preview'))
const toTarget = first(toFolder, click('onboarding-continue'), there('mapping-preview'))
const toRevoke = first(click('device-revoke'), there('confirm-revoke'))

const LINK = 'albumen://pair?server=https%3A%2F%2Fphotos.example.cn&code=12345678&ca=x'
const toLink = first(
  click('onboarding-pair'),
  fill('pair-link', LINK),
  click('onboarding-continue'),
  there('pair-confirm'),
)
const toCode = first(there('device-row'), click('device-add'), there('pairing-code'))

/** Lets another device bring the code, or the code end otherwise. */
const stands = (state) => (page) =>
  page.evaluate((state) => void window.albumenDemo.stands(state), state)

const DONE = {
  state: 'up_to_date',
  filesLeft: 0,
  bytesLeft: 0,
  etaSeconds: null,
  problems: 0,
  mapping: { state: 'up_to_date', filesPending: 0, filesFailed: 0, current: [] },
}
const PAUSED = { state: 'paused', mapping: { state: 'paused', paused: true, current: [] } }

/** Name, query of the demo's address, part after "#", and what is done before one looks. */
export const SCENES = [
  ['onboarding-connect', 'scene=onboarding', '', there('onboarding-local')],
  ['onboarding-server', 'scene=onboarding', '', first(
    click('onboarding-server'),
    fill('server-url', 'photos.example.cn'),
    (page) => page.waitForSelector(`${testid('server-probe')} svg`),
    click('onboarding-continue'),
  )],
  ['onboarding-provider', 'scene=onboarding', '', first(
    click('onboarding-server'),
    fill('server-url', 'openid.example.cn'),
    there('openid-sign-in'),
  )],
  ['onboarding-provider-waiting', 'scene=onboarding', '', first(
    click('onboarding-server'),
    fill('server-url', 'openid.example.cn'),
    click('openid-sign-in'),
    there('openid-waiting'),
  )],
  ['onboarding-provider-unknown', 'scene=onboarding&fail=await_openid:identity_unknown', '', first(
    click('onboarding-server'),
    fill('server-url', 'openid.example.cn'),
    click('openid-sign-in'),
    there('error-note'),
  )],
  ['onboarding-unreachable', 'scene=onboarding&fail=probe_server:server_unreachable', '', first(
    click('onboarding-server'),
    fill('server-url', 'photos.example.cn'),
    there('error-note'),
  )],
  ['onboarding-authority', 'scene=onboarding', '', first(
    click('onboarding-server'),
    fill('server-url', 'own-ca.example'),
    there('trust-ca'),
  )],
  ['onboarding-password', 'scene=onboarding&fail=onboard_server:wrong_password', '', first(
    click('onboarding-server'),
    fill('server-url', 'photos.example.cn'),
    fill('server-account', 'lin'),
    fill('server-password', 'wrong'),
    click('onboarding-continue'),
    there('error-note'),
  )],
  ['onboarding-code', 'scene=onboarding', '', first(click('onboarding-pair'), there('pair-code'))],
  ['onboarding-link', 'scene=onboarding', '', toLink],
  ['onboarding-waiting', 'scene=onboarding', '', first(
    toLink,
    click('onboarding-continue'),
    there('pair-waiting'),
  )],
  ['waiting-for-keys', 'scene=waiting_for_keys', '', there('waiting-for-keys')],
  ['onboarding-folder', 'scene=onboarding', '', toFolder],
  ['onboarding-folder-gone', 'scene=onboarding&fail=inspect_folder:folder_missing', '', first(
    click('onboarding-continue'),
    there('error-note'),
  )],
  ['onboarding-target', 'scene=onboarding', '', toTarget],
  ['onboarding-albums', 'scene=onboarding', '', first(
    toTarget,
    click('target-per-folder'),
    (page) => page.waitForSelector('[data-clash="true"]'),
  )],
  ['signed-out', 'scene=signed_out', '', there('onboarding')],
  ['start-failed', 'fail=app_state:profile_in_use', '', there('start-failed')],
  ['sync', '', '#/sync', there('mapping-card')],
  ['sync-queue', '', '#/sync', first(
    (page) => page.click(`${testid('mapping-queue')} summary`),
    (page) => page.waitForSelector(`${testid('mapping-queue')} li`),
  )],
  ['sync-done', '', '#/sync', tell(DONE)],
  ['sync-clock', 'warn=clock_behind', '#/sync', there('notice')],
  ['sync-paused', '', '#/sync', tell(PAUSED)],
  ['sync-empty', 'scene=empty', '#/sync', there('empty-state')],
  ['sync-problems', '', '#/sync', first(click('problems-open'), there('problem-row'))],
  ['sync-problem-stays', 'fail=retry_problem:service_failed', '#/sync', first(
    click('problems-open'),
    click('problem-retry'),
    there('error-note'),
  )],
  ['sync-add', '', '#/sync', first(click('add-folder'), there('folder-preview'))],
  ['sync-add-target', '', '#/sync', first(
    click('add-folder'),
    there('folder-preview'),
    click('add-folder-continue'),
    there('mapping-preview'),
  )],
  ['sync-undo', '', '#/sync', first(click('mapping-remove'), there('toast'))],
  ['keys', '', '#/sync', first(there('mapping-card'), press('?'), there('shortcuts'))],
  ['photos', '', '#/photos', (page) => page.waitForSelector('img')],
  ['photos-empty', 'scene=empty', '#/photos', there('empty-state')],
  ['photos-failed', 'fail=photo_index:internal', '#/photos', there('error-note')],
  ['viewer', '', '#/photos', first(
    click('photo-tile'),
    (page) => page.waitForSelector(`${testid('photo-info')} dd`),
  )],
  ['devices', '', '#/devices', there('device-row')],
  ['devices-confirm', '', '#/devices', toRevoke],
  ['devices-receipt', '', '#/devices', first(
    toRevoke,
    click('confirm-revoke'),
    (page) => page.waitForSelector(`${testid('device-revoked')} [role="status"]`),
  )],
  ['devices-refused', 'fail=revoke_device:server_unreachable', '#/devices', first(
    toRevoke,
    click('confirm-revoke'),
    there('device-revoke-failed'),
  )],
  ['devices-add', '', '#/devices', toCode],
  ['devices-pending', '', '#/devices', first(toCode, stands('pending'), there('pending-device'))],
  ['devices-burnt', '', '#/devices', first(toCode, stands('burnt'), there('pairing-ended'))],
  ['devices-rename', '', '#/devices', first(click('device-rename'), there('rename-name'))],
  ['devices-failed', 'fail=list_devices:service_failed', '#/devices', there('error-note')],
  ['settings', '', '#/settings', there('sign-out')],
  ['settings-clock', 'warn=clock_ahead', '#/settings', there('notice')],
  ['settings-bind', '', '#/settings', first(click('ways-identity'), there('ways-submit'))],
  ['settings-bind-wrong', 'fail=begin_identity:wrong_password', '#/settings', first(
    click('ways-identity'),
    fill('ways-password-field', 'wrong'),
    click('ways-submit'),
    (page) => page.waitForSelector('[aria-invalid="true"]'),
  )],
  ['settings-bind-waiting', '', '#/settings', first(
    click('ways-identity'),
    fill('ways-password-field', 'a long password'),
    click('ways-submit'),
    there('ways-waiting'),
  )],
  ['settings-bound', 'ways=bound', '#/settings', there('ways-identity')],
  ['settings-unbind', 'ways=bound', '#/settings', first(
    click('ways-identity'),
    there('ways-submit'),
  )],
  ['settings-only-way', 'ways=only', '#/settings', there('ways-choose-password')],
  ['settings-last-way', 'ways=only', '#/settings', first(click('ways-identity'), there('ways-last'))],
  ['settings-password', 'ways=only', '#/settings', first(
    click('ways-choose-password'),
    there('ways-again-field'),
  )],
  ['settings-password-stale', 'ways=only&fail=await_openid:identity_not_fresh', '#/settings', first(
    click('ways-choose-password'),
    fill('ways-password-field', 'a long password'),
    fill('ways-again-field', 'a long password'),
    click('ways-submit'),
    there('error-note'),
  )],
  ['settings-ways-unknown', 'fail=identity:server_unreachable', '#/settings', there('error-note')],
  ['settings-sign-out', '', '#/settings', first(click('sign-out'), there('confirm-sign-out'))],
  ['revoked', 'scene=revoked', '', there('revoked')],
].map(([name, query, hash, act]) => ({ name, query, hash, act }))

/** Opens one of them. */
export async function openScene(page, url, scene, locale, photos = 100_000) {
  const query = `locale=${locale}&photos=${photos}&${scene.query}`
  await page.goto(`${url}?${query}${scene.hash}`)
  await page.waitForSelector('h1')
  await scene.act(page)
}
