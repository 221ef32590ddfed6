export default {
  input: `${process.env.SERVICE}/api/v1/openapi.json?lang=en`,
  output: { path: "hunan", module: { extension: ".js" } },
  plugins: ["@hey-api/client-fetch"],
};
