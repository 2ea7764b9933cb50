const toneCount = 6;

interface AvatarProps {
  account: { readonly accountId: string; readonly username: string };
  size?: 'small' | 'medium' | 'large';
  online?: boolean;
}

/** A first letter on one of a few tones, the same one for an account everywhere. Decorative: the name is beside it. */
export function Avatar({ account, size = 'medium', online = false }: AvatarProps) {
  return (
    <span className="avatar" data-size={size} data-tone={toneOf(account.accountId)} aria-hidden="true">
      {account.username.slice(0, 1)}
      {online && <span className="avatar-online" />}
    </span>
  );
}

/** The account's tone, by which its name is told apart in groups as well. */
export function toneOf(accountId: string): number {
  return Number.parseInt(accountId.slice(0, 4), 16) % toneCount;
}
