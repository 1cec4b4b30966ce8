#version 330
// A vertex of the head: to the screen, with what its pixels need for light.
uniform mat4 to_screen;
in vec3 place;
in vec3 normal;
in vec3 colour;
in vec4 surface; // roughness, specular, subsurface, baked openness
in vec3 rest; // for hair the place on its lock
in vec3 tangent; // of hair
in float kind; // 1 skin, 2 hair
out vec3 at;
out vec3 facing;
out vec3 albedo;
out vec4 material;
out vec3 grain_at;
out vec3 lock;
flat out int part;

void main() {
    at = place;
    facing = normal;
    albedo = colour;
    material = surface;
    grain_at = rest;
    lock = tangent;
    part = int(kind + 0.5);
    gl_Position = to_screen * vec4(place, 1.0);
}
