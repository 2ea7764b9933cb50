/** The sign of Sotto: a voice that grows quieter, in a speech bubble. As in public/icon.svg. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 64 64" aria-hidden="true">
      <path d="M32 4c16 0 28 11.400 28 26S48 56 32 56c-3.400 0-6.700-.5-9.700-1.500C18.600 57.800 13.500 60 7 60c3-3.600 4.600-7.500 5-11.400C7 43.900 4 37.400 4 30 4 15.400 16 4 32 4z" />
      <g strokeWidth="5" strokeLinecap="round">
        <path d="M19 19v22" />
        <path d="M28 22.500v15" />
        <path d="M37 25.800v8.400" />
        <path d="M46 28.800v2.400" />
      </g>
    </svg>
  );
}
