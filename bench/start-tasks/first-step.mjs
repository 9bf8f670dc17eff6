// A process from its start to the first loss, or to the end of one import; prints what each stage cost, as one line of JSON.
//   node bench/start-tasks/first-step.mjs [ROOM]     ROOM: index, training, ...: only imports that one of dist
const room = process.argv[2];
/** @param {string} name */
const imported = (name) => import(new URL(`../../dist/${name}.js`, import.meta.url).href);
const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
/** @type {{ stage: string, processorMs: number, wallMs: number }[]} */
const stages = [];
let before = { processor: 0, wall: -process.uptime() * 1000 + performance.now() };
/** @param {string} stage */
const mark = (stage) => {
  const now = { processor: processor(), wall: performance.now() };
  stages.push({ stage, processorMs: now.processor - before.processor, wallMs: now.wall - before.wall });
  before = now;
};

mark('Node');
if (room !== undefined) {
  await imported(room === 'index' ? 'index' : `${room}/index`);
  mark(`import ${room === 'index' ? 'streamtrain' : `streamtrain/${room}`}`);
} else {
  const { buildClassifier, compileTrainStep } = await imported('model/index');
  mark('import streamtrain/model');
  (await imported('tensorflow')).tensorflow();
  mark('TensorFlow is loaded');
  const step = compileTrainStep(buildClassifier({ inputs: 9, seed: 1 }), { seed: 1 });
  mark('the step is compiled');
  const rows = 64;
  const xs = Float32Array.from({ length: rows * 9 }, (_, i) => Math.sin(i * 1.3));
  const ys = Float32Array.from({ length: rows }, (_, row) => Number((xs[row * 9] ?? 0) > 0));
  const losses = [];
  for (const stage of ['first step, 64 rows', 'second step']) {
    losses.push(step.learn({ rows, xs, ys }).loss);
    mark(stage);
  }
  if (!losses.every(Number.isFinite)) throw new Error(`the losses are ${losses.join(' and ')}`);
}
console.log(JSON.stringify(stages));
