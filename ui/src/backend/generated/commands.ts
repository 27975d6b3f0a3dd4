// Written by `ALBUMEN_BLESS=1 cargo test -p albumen-app bindings` from core/app.
// Every command of the program: what it takes and what it answers.
import type {
  ActivityView,
  AlbumTarget,
  AlbumView,
  AppState,
  DeviceView,
  Finding,
  FolderPreview,
  InvitationView,
  InvitedView,
  Locale,
  MappingPreview,
  MappingView,
  PersonChange,
  PersonView,
  PhotoView,
  ProblemView,
  RecoveryCodes,
  RegistrationView,
  RevocationReceipt,
  Role,
  SecondFactorSecret,
  SecondFactorView,
  ServerView,
  SpaceView,
  SyncOverview,
  TransferView,
} from './types'

export interface Commands {
  app_state: { args: {}; result: AppState }
  set_locale: { args: { locale: Locale }; result: AppState }
  onboard_local: { args: { deviceName: string }; result: AppState }
  probe_server: { args: { url: string; caPem?: string; caSha256?: string }; result: ServerView }
  onboard_server: { args: { url: string; caPem?: string; caSha256?: string; account: string; password: string; secondFactor?: string; deviceName: string }; result: AppState }
  set_up_server: { args: { url: string; caPem?: string; caSha256?: string; code?: string; account?: string; password: string; deviceName: string }; result: AppState }
  join_server: { args: { url: string; caPem?: string; caSha256?: string; code?: string; account?: string; password: string; deviceName: string }; result: AppState }
  sign_out: { args: {}; result: AppState }
  suggested_folders: { args: {}; result: string[] }
  inspect_folder: { args: { path: string }; result: FolderPreview }
  list_spaces: { args: {}; result: SpaceView[] }
  create_space: { args: { libraryId: string; name: string }; result: SpaceView }
  list_albums: { args: { libraryId: string; spaceId: string }; result: AlbumView[] }
  preview_mapping: { args: { folder: string; libraryId: string; spaceId: string; target: AlbumTarget }; result: MappingPreview }
  add_mapping: { args: { folder: string; libraryId: string; spaceId: string; target: AlbumTarget }; result: MappingView }
  remove_mapping: { args: { id: string }; result: null }
  pause_mapping: { args: { id: string }; result: MappingView }
  resume_mapping: { args: { id: string }; result: MappingView }
  sync_now: { args: { id?: string }; result: null }
  sync_to_end: { args: {}; result: SyncOverview }
  sync_overview: { args: {}; result: SyncOverview }
  list_queue: { args: { mappingId: string; limit: number }; result: TransferView[] }
  list_problems: { args: { mappingId?: string }; result: ProblemView[] }
  retry_problem: { args: { id: string }; result: null }
  list_activity: { args: { limit: number; before?: number }; result: ActivityView[] }
  photo_detail: { args: { row: number }; result: PhotoView }
  list_devices: { args: {}; result: DeviceView[] }
  revoke_device: { args: { deviceId: string }; result: RevocationReceipt }
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
