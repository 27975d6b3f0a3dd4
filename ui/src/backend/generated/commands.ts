// Written by `ALBUMEN_BLESS=1 cargo test -p albumen-app bindings` from core/app.
// Every command of the program: what it takes and what it answers.
import type {
  ActivityView,
  AlbumTarget,
  AlbumView,
  AppState,
  AuditEntryView,
  AuditVerdict,
  DeleteGuardView,
  DeviceView,
  Finding,
  FolderPreview,
  IgnoreRulesView,
  IgnoreVerdict,
  InvitationView,
  InvitedView,
  JoinStep,
  JoinView,
  LibraryRemoval,
  LibraryView,
  LinkView,
  Locale,
  MappingPreview,
  MappingView,
  OpenIdPage,
  OpenIdStep,
  PairingOffer,
  PairingView,
  PersonChange,
  PersonView,
  PhotoView,
  PolicyView,
  ProblemView,
  RecoveryCodes,
  RegistrationView,
  RevocationKind,
  RevocationReceipt,
  Role,
  RotationView,
  SecondFactorSecret,
  SecondFactorView,
  ServerView,
  SpaceView,
  SyncOverview,
  TransferView,
  WaysIn,
} from './types'

export interface Commands {
  app_state: { args: {}; result: AppState }
  set_locale: { args: { locale: Locale }; result: AppState }
  onboard_local: { args: { deviceName: string }; result: AppState }
  probe_server: { args: { url: string; caPem?: string; caSha256?: string }; result: ServerView }
  onboard_server: { args: { url: string; caPem?: string; caSha256?: string; account: string; password: string; secondFactor?: string; deviceName: string }; result: AppState }
  set_up_server: { args: { url: string; caPem?: string; caSha256?: string; code?: string; account?: string; password: string; deviceName: string }; result: AppState }
  join_server: { args: { url: string; caPem?: string; caSha256?: string; code?: string; account?: string; password: string; deviceName: string }; result: AppState }
  read_pair_link: { args: { link: string }; result: LinkView }
  join_by_code: { args: { url: string; caPem?: string; caSha256?: string; code: string; deviceName: string }; result: JoinView }
  await_join: { args: {}; result: JoinStep }
  cancel_join: { args: {}; result: null }
  begin_openid: { args: { url: string; caPem?: string; caSha256?: string; code?: string; account?: string; deviceName: string }; result: OpenIdPage }
  await_openid: { args: {}; result: OpenIdStep }
  cancel_openid: { args: {}; result: null }
  identity: { args: {}; result: WaysIn }
  begin_identity: { args: { password: string }; result: OpenIdPage }
  unbind_identity: { args: { password: string }; result: WaysIn }
  begin_first_password: { args: { password: string }; result: OpenIdPage }
  sign_out: { args: {}; result: AppState }
  suggested_folders: { args: {}; result: string[] }
  inspect_folder: { args: { path: string }; result: FolderPreview }
  list_spaces: { args: {}; result: SpaceView[] }
  create_space: { args: { libraryId: string; name: string }; result: SpaceView }
  list_libraries: { args: {}; result: LibraryView[] }
  adopt_library: { args: { url: string; libraryId: string; secret: string; name: string; fileLibrary: boolean; caPem?: string; caSha256?: string }; result: LibraryView }
  trust_library: { args: { libraryId: string; caPem?: string; caSha256?: string }; result: LibraryView }
  rename_library: { args: { libraryId: string; name: string }; result: LibraryView }
  remove_library: { args: { libraryId: string }; result: LibraryRemoval }
  space_policy: { args: { libraryId: string; spaceId: string }; result: PolicyView }
  set_space_policy: { args: { policy: PolicyView }; result: PolicyView }
  delete_guard: { args: { libraryId: string; spaceId: string }; result: DeleteGuardView }
  set_delete_guard: { args: { libraryId: string; spaceId: string; files?: number; percent?: number; off: boolean }; result: DeleteGuardView }
  list_albums: { args: { libraryId: string; spaceId: string }; result: AlbumView[] }
  preview_mapping: { args: { folder: string; libraryId: string; spaceId: string; target: AlbumTarget }; result: MappingPreview }
  add_mapping: { args: { folder: string; libraryId: string; spaceId: string; target: AlbumTarget }; result: MappingView }
  remove_mapping: { args: { id: string }; result: null }
  pause_mapping: { args: { id: string }; result: MappingView }
  resume_mapping: { args: { id: string }; result: MappingView }
  ignore_text: { args: { id: string }; result: IgnoreRulesView }
  set_ignore_text: { args: { id: string; text: string }; result: IgnoreRulesView }
  test_ignore: { args: { paths: string[] }; result: IgnoreVerdict[] }
  sync_now: { args: { id?: string }; result: null }
  sync_to_end: { args: {}; result: SyncOverview }
  sync_overview: { args: {}; result: SyncOverview }
  list_queue: { args: { mappingId: string; limit: number }; result: TransferView[] }
  list_problems: { args: { mappingId?: string }; result: ProblemView[] }
  retry_problem: { args: { id: string }; result: null }
  list_activity: { args: { limit: number; before?: number }; result: ActivityView[] }
  photo_detail: { args: { row: number }; result: PhotoView }
  list_devices: { args: {}; result: DeviceView[] }
  rename_device: { args: { deviceId: string; name: string }; result: DeviceView }
  begin_pairing: { args: {}; result: PairingOffer }
  pairing_state: { args: { pairingId: string }; result: PairingView }
  approve_pairing: { args: { pairingId: string }; result: PairingView }
  refuse_pairing: { args: { pairingId: string }; result: PairingView }
  revoke_device: { args: { deviceId: string; kind?: RevocationKind }; result: RevocationReceipt }
  revoke_others: { args: { kind: RevocationKind }; result: RevocationReceipt[] }
  revoke_account: { args: { account: string; kind: RevocationKind }; result: RevocationReceipt[] }
  allow_again: { args: { deviceId: string }; result: RevocationReceipt }
  rotate_secret: { args: { libraryId: string }; result: RotationView }
  list_audit: { args: { after?: number; limit?: number; account?: string; act?: string; from?: string; until?: string }; result: AuditEntryView[] }
  check_audit: { args: {}; result: AuditVerdict }
  export_audit: { args: { path: string }; result: AuditVerdict }
  cut_audit: { args: { path: string }; result: AuditVerdict }
  list_people: { args: {}; result: PersonView[] }
  change_role: { args: { accountId: string; role: Role }; result: null }
  change_person: { args: { accountId: string; change: PersonChange }; result: PersonView }
  list_invitations: { args: {}; result: InvitationView[] }
  invite_person: { args: { role: Role; name?: string; expiresInS?: number }; result: InvitedView }
  withdraw_invitation: { args: { id: string }; result: InvitationView[] }
  registration: { args: {}; result: RegistrationView }
  set_registration: { args: { openAs?: Role }; result: RegistrationView }
  second_factor: { args: {}; result: SecondFactorView }
  begin_second_factor: { args: { password: string }; result: SecondFactorSecret }
  confirm_second_factor: { args: { code: string }; result: RecoveryCodes }
  end_second_factor: { args: { password: string; code: string }; result: SecondFactorView }
  examine: { args: {}; result: Finding[] }
}

export interface BytesCommands {
  photo_index: { args: {}; result: ArrayBuffer }
}
