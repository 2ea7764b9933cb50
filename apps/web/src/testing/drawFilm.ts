/** Moving pictures that are drawn: what a camera or a screen would show, in colours that tests can look for. */
export type DrawnFilm = 'own' | 'other' | 'screen';

const sizes = { own: [640, 480], other: [1280, 720], screen: [1600, 1000] } as const;
const redrawMs = 400;

export function drawFilm(film: DrawnFilm): MediaStream {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = sizes[film];
  const context = canvas.getContext('2d');
  if (context === null) return new MediaStream();
  const draw = (): void => (film === 'screen' ? drawScreen(context) : drawPerson(context, film === 'own'));
  draw();
  const stream = canvas.captureStream(4);
  const timer = setInterval(() => {
    if (stream.active) draw();
    else clearInterval(timer);
  }, redrawMs);
  return stream;
}

function drawPerson(context: CanvasRenderingContext2D, own: boolean): void {
  const { width, height } = context.canvas;
  const ground = context.createLinearGradient(0, 0, width, height);
  ground.addColorStop(0, own ? '#8fb7c9' : '#d9c49a');
  ground.addColorStop(1, own ? '#4d7186' : '#96744a');
  context.fillStyle = ground;
  context.fillRect(0, 0, width, height);
  context.fillStyle = own ? '#2c4150' : '#513a20';
  context.beginPath();
  context.ellipse(width / 2, height * 1.05, width * 0.26, height * 0.42, 0, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = own ? '#e4c3a4' : '#c99a72';
  context.beginPath();
  context.ellipse(width / 2, height * 0.44, height * 0.17, height * 0.21, 0, 0, 2 * Math.PI);
  context.fill();
}

function drawScreen(context: CanvasRenderingContext2D): void {
  const { width, height } = context.canvas;
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#31506e';
  context.fillRect(0, 0, width, 60);
  context.fillStyle = '#cfd8df';
  for (let line = 0; line < 14; line += 1) {
    context.fillRect(80, 130 + line * 56, 500 + ((line * 331) % 800), 22);
  }
}
