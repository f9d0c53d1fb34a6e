// The rules that openapi.json and asyncapi.json are held to, for the tests and for
// `spectral lint -r tests/end_to_end/spectral_rules.mjs spec/*.json`.
import rulesets from "@stoplight/spectral-rulesets";

export const spectralRules = {
  extends: [rulesets.oas, rulesets.asyncapi],
  rules: {
    // Whoever runs a hub answers for it: the project has no address that would be true for all.
    "asyncapi-info-contact-properties": "off",
  },
};

export default spectralRules;
