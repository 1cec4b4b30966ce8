#version 330
// A vertex as the key light sees it.
uniform mat4 to_light;
in vec3 place;
out float nearness;

void main() {
    vec3 seen = (to_light * vec4(place, 1.0)).xyz;
    nearness = seen.z;
    gl_Position = vec4(2.0 * seen.xy - 1.0, 1.0 - 2.0 * seen.z, 1.0);
}
