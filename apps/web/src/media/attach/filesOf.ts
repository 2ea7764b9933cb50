/** The files in what was pasted or dropped. Folders come as files that cannot be read, and are told apart later. */
export function filesOf(data: DataTransfer | null): File[] {
  return data === null ? [] : [...data.files];
}
